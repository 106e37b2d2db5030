import type { AcceptedFlow, Storage } from "@portolan/collector";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { agentOf } from "./agent-of.ts";
import { FlowModel, shownOf } from "./flow-model.ts";
import { actor, enrolled, MINUTE, NOON, syntheticFlow, syntheticImport, syntheticReport } from "./synthetic.ts";

const DAY_MS = 86_400_000;
/** Of NOON, 2026-11-20: the 63rd day before it is the last that is told by month. */
const MONTHS_TO = "2026-09-18";
const SEED = 20_261_121;

/** Far more steps than there can be. */
const MOST_STEPS = 10_000;

export async function ageAll(storage: Storage, at = NOON): Promise<void> {
  for (let step = 0; step < MOST_STEPS; step += 1) if (!(await storage.ageEvidence(at))) return;
  throw new Error("the ageing found no end");
}

function day(before: number): string {
  return new Date(NOON - before * DAY_MS).toISOString().slice(0, 10);
}

function onDay(before: number, more: Partial<AcceptedFlow> = {}): AcceptedFlow {
  const at = NOON - before * DAY_MS;
  return syntheticFlow({ day: day(before), firstSeen: at, lastSeen: at + MINUTE, ...more });
}

/** How evidence ages: counted by day for 62 days, then by month with the days on which it was seen. */
export function ageingContract(storage: () => Storage, reopen: () => Promise<Storage>): void {
  test("days that are older than 62 become months; which days they were stays exact", async () => {
    const hostId = await enrolled(storage(), "a1");
    const days = [0, 62, 63, 64, 90, 91, 200];
    const flows = days.map((before) => onDay(before, { connections: before + 1, failed: 1, bytesSent: 10 }));
    await storage().saveReports([syntheticReport("a1", 1, { flows })]);
    const [before] = await storage().listFlows({ hostId });
    const revision = await storage().revision();
    await ageAll(storage());
    expect(await storage().revision()).toBeGreaterThan(revision);
    const [flow, ...others] = await storage().listFlows({ hostId });
    expect(others).toEqual([]);
    const { connectionsByDay: _before, ...same } = before!;
    expect(flow).toEqual({
      ...same,
      connectionsByDay: [
        { day: day(62), connections: 63 },
        { day: day(0), connections: 1 },
      ],
      connectionsByMonth: [
        { days: [day(200)], connections: 201 },
        { days: [day(91), day(90)], connections: 183 },
        { days: [day(64), day(63)], connections: 129 },
      ],
    });
    const settled = await storage().revision();
    await ageAll(storage());
    expect(await (await reopen()).listFlows({ hostId })).toEqual([flow]);
    await ageAll(storage());
    expect(await storage().listFlows({ hostId })).toEqual([flow]);
    expect(await storage().revision()).toBe(settled);
  });

  test("a report that comes late lands in its month, at once and for good", async () => {
    const hostId = await enrolled(storage(), "a1");
    await storage().saveReports([
      syntheticReport("a1", 1, { flows: [onDay(101, { connections: 4 }), onDay(100), onDay(0)] }),
    ]);
    await ageAll(storage());
    await storage().saveReports([
      syntheticReport("a1", 2, { flows: [onDay(100, { connections: 2 }), onDay(98, { connections: 1 })] }),
    ]);
    const late = await storage().listFlows({ hostId });
    expect(late).toMatchObject([{ connectionsByMonth: [{ days: [day(101), day(100), day(98)], connections: 8 }] }]);
    const next = NOON + DAY_MS;
    await storage().saveReports([
      syntheticReport("a1", 3, { receivedAt: next, flows: [onDay(0, { remoteAddress: "10.0.0.3" })] }),
    ]);
    await ageAll(storage(), next);
    expect((await storage().listFlows({ hostId }))[0]).toEqual(late[0]);
  });

  test("a clock that ran ahead takes no days: none is older than the latest report says", async () => {
    const hostId = await enrolled(storage(), "a1");
    await storage().saveReports([syntheticReport("a1", 1, { flows: [onDay(1), onDay(62)] })]);
    const before = await storage().listFlows({ hostId });
    await ageAll(storage(), NOON + 4000 * DAY_MS);
    expect(await storage().listFlows({ hostId })).toEqual(before);
  });

  test("a flow keeps its own numbers when all of its days are months", async () => {
    await enrolled(storage(), "a1");
    await storage().saveReports([
      syntheticReport("a1", 1, { flows: [onDay(0, { port: 1 }), onDay(100, { port: 2, connections: 7 })] }),
    ]);
    await ageAll(storage());
    await reopen();
    await storage().saveReports([syntheticReport("a1", 2, { flows: [onDay(0, { port: 3 })] })]);
    const flows = await storage().listFlows();
    expect(
      flows.map(({ serverPort, connectionsByMonth }) => [serverPort, connectionsByMonth?.[0]?.connections]),
    ).toEqual([
      [1, undefined],
      [2, 7],
      [3, undefined],
    ]);
  });

  test("rows of flows.csv are told as the days of agents are, so that ends can be compared", async () => {
    await enrolled(storage(), "a1");
    await storage().saveReports([syntheticReport("a1", 1)]);
    const row = {
      site: "seoul",
      protocol: "tcp",
      port: 1433,
      firstSeen: NOON,
      lastSeen: NOON,
      connections: 3,
    } as const;
    const ends = { client: { address: "10.0.0.8" }, server: { address: "10.0.0.9" } };
    const flows = [onDay(100).day, onDay(1).day].map((on) => ({ ...row, ...ends, day: on }));
    await storage().saveImport(syntheticImport("i1"), { flows }, actor);
    await ageAll(storage());
    const listed = (await storage().listFlows()).filter((flow) => flow.serverPort === 1433);
    expect(listed).toMatchObject([
      { connectionsByDay: [], connectionsByMonth: [{ days: [day(100)], connections: 3 }] },
      { connectionsByDay: [{ day: day(1), connections: 3 }] },
    ]);
    expect(await storage().listFlows({ until: day(101) })).toEqual([]);
  });

  test("a clone that was not heard of for 62 days is no longer flagged, and still nothing counts twice", async () => {
    await enrolled(storage(), "a1");
    const first = syntheticReport("a1", 1);
    const clone = syntheticReport("a1", 1, { contentHash: "of-a-clone", flows: [syntheticFlow({ port: 22 })] });
    await storage().saveReports([first, clone]);
    const flagged = await agentOf(storage(), "a1");
    expect(flagged).toMatchObject({ conflicts: 1 });
    const audit = await storage().listAudit(100);
    const later = NOON + 63 * DAY_MS;
    const window = { from: later - MINUTE, to: later };
    await storage().saveReports([syntheticReport("a1", 2, { window, receivedAt: later, flows: [] })]);
    await ageAll(storage(), NOON + 61 * DAY_MS);
    expect(await agentOf(storage(), "a1")).toMatchObject({ conflicts: 1 });
    await ageAll(storage(), later);
    expect(await agentOf(storage(), "a1")).not.toHaveProperty("conflicts");
    const before = await storage().listFlows();
    const again = await storage().saveReports([first, clone]);
    expect(again.map(({ applied, duplicate }) => [applied, duplicate])).toEqual([
      [false, true],
      [false, true],
    ]);
    expect(await storage().listFlows()).toEqual(before);
    expect(await storage().listAudit(100)).toEqual(audit);
  });

  test("a clock that ran ahead forgets no content: what a clone sends under a used number is still its own", async () => {
    await enrolled(storage(), "a1");
    await storage().saveReports([syntheticReport("a1", 1)]);
    await ageAll(storage(), NOON + 4000 * DAY_MS);
    const clone = syntheticReport("a1", 1, { contentHash: "of-a-clone", flows: [syntheticFlow({ port: 22 })] });
    expect(await storage().saveReports([clone])).toMatchObject([{ applied: true, conflict: true }]);
  });

  test("hosts that are one: of a month the larger where both watched, the sum where one followed the other", async () => {
    for (const [second, connections, lowerBound] of [
      [70, 9, true],
      [80, 12, true],
    ] as const) {
      const [one, two] = [`one-${second}`, `two-${second}`];
      const [old, young] = [await enrolled(storage(), one), await enrolled(storage(), two)];
      const span = (from: number, to: number) => ({
        window: { from: NOON - from * DAY_MS, to: NOON - to * DAY_MS },
        days: [day(from), day(to)],
      });
      await storage().saveReports([
        syntheticReport(one, 1, { ...span(80, 70), flows: [onDay(80, { connections: 9 })] }),
        syntheticReport(two, 1, {
          ...(second === 70 ? span(75, 70) : span(69, 68)),
          flows: [onDay(second === 70 ? 70 : 69, { connections: 3 })],
        }),
      ]);
      await storage().mergeHosts(young, old, NOON, actor);
      await ageAll(storage());
      expect(await storage().listFlows({ hostId: old })).toMatchObject([
        { connectionsByDay: [], connectionsByMonth: [{ connections, lowerBound }] },
      ]);
      await storage().splitHost(young, NOON, actor);
    }
  });

  test("an undone capture takes its months along", async () => {
    const before = await storage().listFlows();
    const report = syntheticReport("capture", 1, { flows: [onDay(100), onDay(0)] });
    const reports = [{ site: "seoul", hostname: "app09", timeZone: "Asia/Seoul", report }];
    const take = () => storage().saveImport(syntheticImport("i1"), { reports }, actor);
    await take();
    await ageAll(storage());
    const taken = await storage().listFlows();
    expect(taken).toMatchObject([{ connectionsByMonth: [{ connections: 1 }] }]);
    await storage().undoImport("i1", NOON, actor);
    expect(await storage().listFlows()).toEqual(before);
    await take();
    expect(await storage().listFlows()).toMatchObject([{ connectionsByMonth: [{ connections: 1 }] }]);
  });

  test(
    "whatever comes in whatever order, ageing shows what a plain model of days says",
    { timeout: 60_000 },
    async () => {
      const someFlow = fc.record({
        port: fc.integer({ min: 1, max: 3 }),
        before: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 58, max: 66 })),
        connections: fc.integer({ min: 0, max: 9 }),
        failed: fc.integer({ min: 0, max: 2 }),
        bytes: fc.option(fc.integer({ min: 0, max: 99 }), { nil: undefined }),
        second: fc.integer({ min: 0, max: 40_000 }),
      });
      const period = fc.tuple(fc.integer({ min: 0, max: 210 }), fc.integer({ min: 0, max: 210 }));
      const story = fc.record({
        reports: fc.array(fc.record({ flows: fc.array(someFlow, { maxLength: 8 }), steps: fc.nat({ max: 4 }) }), {
          minLength: 1,
          maxLength: 6,
        }),
        periods: fc.array(period, { minLength: 4, maxLength: 4 }),
      });
      // So that from the first story on the same days are told by month.
      await enrolled(storage(), "clock");
      await storage().saveReports([syntheticReport("clock", 0, { receivedAt: NOON })]);
      await ageAll(storage());
      let stories = 0;
      await fc.assert(
        fc.asyncProperty(story, async ({ reports, periods }) => {
          const agent = `model-${(stories += 1)}`;
          const hostId = await enrolled(storage(), agent);
          const models = new Map<number, FlowModel>();
          for (const [index, { flows, steps }] of reports.entries()) {
            const accepted = flows.map(({ port, before, connections, failed, bytes, second }) => {
              const at = NOON - before * DAY_MS + second * 1000;
              const counts = { connections, failed, ...(bytes !== undefined && { bytesSent: bytes }) };
              return onDay(before, { port, ...counts, firstSeen: at, lastSeen: at + 5 });
            });
            await storage().saveReports([
              syntheticReport(agent, index + 1, { receivedAt: NOON, flows: accepted, days: [day(0)] }),
            ]);
            for (const flow of accepted) {
              const model = models.get(flow.port) ?? new FlowModel();
              models.set(flow.port, model);
              model.add(flow);
            }
            for (let step = 0; step < steps; step += 1) await storage().ageEvidence(NOON);
          }
          for (const [one, other] of [[210, 0] as const, ...periods]) {
            const [since, until] = [day(Math.max(one, other)), day(Math.min(one, other))];
            const listed = await storage().listFlows({ hostId, since, until });
            const shown = new Map(listed.map((flow) => [flow.serverPort, shownOf(flow)]));
            const expected = [...models].flatMap(([port, model]) => {
              const flow = model.shown(since, until, MONTHS_TO);
              return flow ? [[port, flow] as const] : [];
            });
            expect(shown).toEqual(new Map(expected));
          }
        }),
        { seed: SEED, numRuns: 40 },
      );
    },
  );
}
