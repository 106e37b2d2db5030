import type { AcceptedReport, Storage } from "@portolan/collector";
import { expect, test } from "vitest";
import { agentOf } from "./agent-of.ts";
import {
  actor,
  DAY,
  enrolled,
  MINUTE,
  NOON,
  source,
  syntheticAgent,
  syntheticFacts,
  syntheticFlow,
  syntheticReport,
  syntheticToken,
} from "./synthetic.ts";

const EPOCHS = { a: "aaaaaaaaaaaaaaaa", b: "bbbbbbbbbbbbbbbb", c: "cccccccccccccccc", d: "dddddddddddddddd" };
type EpochName = keyof typeof EPOCHS;

/** A machine's report of a minute; each has a flow that no other has, so that none can be taken for another. */
function spoken(epoch: EpochName, minute: number, machine: string, more: Partial<AcceptedReport> = {}): AcceptedReport {
  const digest = [...machine].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 256;
  return syntheticReport("a1", minute, {
    epoch: EPOCHS[epoch],
    contentHash: `${machine} at ${minute}`,
    flows: [syntheticFlow({ remoteAddress: `10.7.${digest}.${minute}`, localAddress: `10.0.0.${digest}` })],
    ...more,
  });
}

function factsOf(machine: string, mac?: string): Pick<AcceptedReport, "host" | "listeners"> {
  const card = { name: "eth0", hostLocal: false, addresses: [], ...(mac !== undefined && { mac }) };
  const digest = [...machine].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const listener = { protocol: "tcp", address: "0.0.0.0", port: 1000 + digest } as const;
  return { host: { ...syntheticFacts, hostname: machine, interfaces: [card] }, listeners: [listener] };
}

const hour = (hours: number) => NOON + hours * 60 * MINUTE;

/** A report of a clock that was never set, as it is placed when it is received at that time. */
function placedAt(at: number): Partial<AcceptedReport> {
  return {
    clock: "misplaced",
    contentHash: "x in 1970",
    receivedAt: at,
    window: { from: at - MINUTE, to: at },
  };
}

function losing(lost: number): Partial<AcceptedReport> {
  return { sources: [source({ lost })] };
}

async function connections(storage: Storage, hostId?: string): Promise<number> {
  const days = (await storage.listFlows(hostId === undefined ? {} : { hostId })).flatMap(
    (flow) => flow.connectionsByDay,
  );
  return days.reduce((sum, day) => sum + day.connections, 0);
}

/** One machine's identity in several: copies, and states of an earlier time. */
export function cloneContract(storage: () => Storage): void {
  const save = async (...reports: AcceptedReport[]) => {
    const results = [];
    for (const report of reports) results.push(...(await storage().saveReports([report])));
    return results;
  };
  const hosts = async () => (await storage().listHosts()).map(({ name, cloneOf }) => [name, cloneOf]);

  test("a start after another is the same machine, also when something of the earlier one comes late", async () => {
    await enrolled(storage(), "a1");
    await save(spoken("a", 1, "x", factsOf("x")), spoken("a", 2, "x"), spoken("b", 4, "x", factsOf("x")));
    const [late] = await save(spoken("a", 3, "x"));
    expect(late).toMatchObject({ applied: true });
    await save(spoken("b", 5, "x"), spoken("b", 6, "x"), spoken("c", 7, "x", factsOf("x")), spoken("c", 8, "x"));
    expect(await hosts()).toEqual([["x", undefined]]);
    expect(await connections(storage())).toBe(8);
    expect(await agentOf(storage(), "a1")).not.toHaveProperty("clones");
  });

  test("a start that ran for a moment is followed by the next one, which tells of the same moment first", async () => {
    await enrolled(storage(), "a1");
    // Its first look is all that it ran for; what it saw after that was numbered by its successor.
    const look = { window: { from: NOON, to: NOON } };
    const rest = { window: { from: NOON, to: NOON + 800 } };
    await save(spoken("a", 1, "x", { ...factsOf("x"), ...look }), spoken("b", 1, "x", rest));
    const [next] = await save(spoken("b", 2, "x"));
    expect(next).not.toHaveProperty("clone");
    expect(await hosts()).toEqual([["x", undefined]]);
  });

  test("two machines in turn: the later start gets a host of its own when it speaks again", async () => {
    const original = await enrolled(storage(), "a1");
    const results = await save(
      spoken("a", 1, "x", factsOf("x", "02:00:00:00:00:01")),
      spoken("b", 2, "y", factsOf("y", "02:00:00:00:00:02")),
      spoken("a", 3, "x"),
      spoken("b", 4, "y", factsOf("y", "02:00:00:00:00:02")),
      spoken("a", 5, "x"),
      spoken("b", 6, "y"),
    );
    const clone = results[3]?.clone;
    expect(results.map((result) => result.clone)).toEqual([
      undefined,
      undefined,
      undefined,
      clone,
      undefined,
      undefined,
    ]);
    expect(await storage().listHosts()).toMatchObject([
      { id: original, name: "x", facts: { hostname: "x" } },
      { id: clone, name: "y", facts: { hostname: "y" }, cloneOf: original, kind: "managed", site: "seoul" },
    ]);
    expect((await storage().listListeners()).map(({ hostId, port, open }) => [hostId, port, open])).toEqual([
      [original, 1120, true],
      [clone, 1121, true],
    ]);
    expect(await connections(storage(), original)).toBe(4);
    expect(await connections(storage(), clone)).toBe(2);
    expect(await agentOf(storage(), "a1")).toMatchObject({ hostId: original, clones: 1 });
  });

  test("facts of a stranger wait until it has spoken twice, and are asked for; so are the original's when it is back", async () => {
    await enrolled(storage(), "a1");
    const [first] = await save(spoken("a", 1, "x", factsOf("x", "02:00:00:00:00:01")));
    expect(first?.missing).toEqual([]);
    const [strange] = await save(spoken("b", 2, "y", factsOf("y", "02:00:00:00:00:02")));
    expect(strange?.missing).toEqual(["host", "listeners"]);
    expect(await hosts()).toEqual([["x", undefined]]);
    // The original is silent: whoever speaks now is it, with another card.
    const [again] = await save(spoken("b", 3, "y", factsOf("y", "02:00:00:00:00:02")));
    expect(again?.missing).toEqual([]);
    expect(await hosts()).toEqual([["y", undefined]]);
    const [back] = await save(spoken("a", 4, "x"));
    expect(back?.missing).toEqual(["host", "listeners"]);
    await save(spoken("a", 5, "x", factsOf("x", "02:00:00:00:00:01")), spoken("b", 5, "y"));
    expect((await storage().listHosts()).map(({ name, facts }) => [name, facts?.hostname])).toEqual(
      [
        ["x", "x"],
        ["x", undefined],
      ].map(([name, hostname], index) => [`${name} (h${index + 1})`, hostname]),
    );
  });

  test("a restart of a clone finds its own host again, by card, name or addresses", async () => {
    const original = await enrolled(storage(), "a1");
    const [x, y] = [factsOf("x", "02:00:00:00:00:01"), factsOf("y", "02:00:00:00:00:02")];
    const results = await save(
      spoken("a", 1, "x", x),
      spoken("b", 2, "y", y),
      spoken("a", 3, "x"),
      spoken("b", 4, "y", y),
      spoken("c", 5, "y", y),
      spoken("a", 6, "x"),
      spoken("c", 7, "y"),
      spoken("d", 8, "x", x),
      spoken("c", 9, "y"),
      spoken("d", 10, "x"),
    );
    const clone = results[3]?.clone ?? "";
    expect((await storage().listHosts()).map(({ id }) => id)).toEqual([original, clone]);
    expect(await connections(storage(), original)).toBe(6);
    expect(await connections(storage(), clone)).toBe(4);
  });

  test("a number that came with another content is kept, once, and flagged; its facts are not mixed in", async () => {
    await enrolled(storage(), "a1");
    await save(spoken("a", 1, "x", factsOf("x")), spoken("a", 2, "x"));
    const [other] = await save(spoken("a", 2, "y", factsOf("y")));
    expect(other).toMatchObject({ applied: true, duplicate: false, conflict: true, missing: ["host", "listeners"] });
    const [again] = await save(spoken("a", 2, "y", factsOf("y")));
    expect(again).toMatchObject({ applied: false, duplicate: true, conflict: true });
    expect(await connections(storage())).toBe(3);
    expect(await hosts()).toEqual([["x", undefined]]);
    expect(await agentOf(storage(), "a1")).toMatchObject({ conflicts: 1 });
  });

  test("what was sent under one number comes once, though its sender forgot that number", async () => {
    await enrolled(storage(), "a1");
    await save(spoken("a", 1, "x"), spoken("a", 2, "x"), spoken("a", 3, "x"));
    // Put back to a time when nothing of it had a number, and started anew.
    const results = await save(
      spoken("b", 2, "x", { number: 1 }),
      spoken("b", 3, "x", { number: 2 }),
      spoken("b", 4, "x", { number: 3 }),
      spoken("b", 3, "x", { number: 2 }),
    );
    expect(results.map(({ applied, duplicate }) => [applied, duplicate])).toEqual([
      [false, true],
      [false, true],
      [true, false],
      [false, true],
    ]);
    expect(await connections(storage())).toBe(4);
  });

  test("a machine that enrolled anew with an unanswered report counts it once", async () => {
    await enrolled(storage(), "a1", { machineId: "m1" });
    await save(spoken("a", 1, "x"), spoken("a", 2, "x"));
    const at = NOON + 60 * MINUTE;
    const beside = { machineId: "m1", at };
    await enrolled(storage(), "a2", beside);
    const [repeated, next] = await save(
      { ...spoken("a", 2, "x"), agentId: "a2" },
      { ...spoken("a", 61, "x"), agentId: "a2" },
    );
    expect([repeated, next]).toMatchObject([{ duplicate: true }, { applied: true }]);
    expect(await connections(storage())).toBe(3);
  });

  test("a report of a clock that was never set, sent again under another number, counts once", async () => {
    await enrolled(storage(), "a1", { machineId: "m1" });
    await save(spoken("a", 2, "x", placedAt(NOON + 2 * MINUTE)));
    // Put back to before it was numbered: each time its window ends at the receipt, later than all that is known.
    const [repeated] = await save(spoken("b", 9, "x", placedAt(NOON + 9 * MINUTE)));
    expect(repeated).toMatchObject({ applied: false, duplicate: true });
    await enrolled(storage(), "a2", { machineId: "m1", at: NOON + 60 * MINUTE });
    const [anew] = await save({ ...spoken("b", 61, "x", placedAt(NOON + 61 * MINUTE)), agentId: "a2" });
    expect(anew).toMatchObject({ applied: false, duplicate: true });
    expect(await connections(storage())).toBe(1);
  });

  test("clones that enrol anew with one machine id do not take each other over, but by name", async () => {
    const original = await enrolled(storage(), "a1", { machineId: "machine-1" });
    const [x, y] = [factsOf("x"), factsOf("y")];
    await save(spoken("a", 1, "x", x), spoken("b", 2, "y", y), spoken("a", 3, "x", x), spoken("b", 4, "y", y));
    const enrolAnew = async (agentId: string, hostname: string, hours: number) => {
      const token = syntheticToken(`for-${agentId}`);
      await storage().createToken(token, actor);
      const asked = syntheticAgent(agentId, { hostname, machineId: "machine-1", at: hour(hours) });
      return (await storage().enrol(token.id, asked, hour(hours) - 15 * MINUTE))?.hostId;
    };
    const own = await enrolAnew("a2", "y", 1);
    expect(own).not.toBe(original);
    expect(await enrolAnew("a3", "z", 2)).not.toBe(own);
    expect(await enrolAnew("a4", "y", 3)).toBe(own);
    expect(await enrolAnew("a5", "x", 4)).toBe(original);
  });

  test("days and sources of two machines stand apart", async () => {
    const original = await enrolled(storage(), "a1");
    const next = { days: ["2026-11-21"] };
    const results = await save(
      spoken("a", 1, "x", losing(1)),
      spoken("b", 2, "y", losing(10)),
      spoken("a", 3, "x", losing(1)),
      spoken("b", 4, "y", { ...losing(10), ...next }),
    );
    expect(await storage().listCoverage()).toMatchObject([
      { hostId: original, days: [DAY], sources: [{ totalLost: 12 }] },
      { hostId: results[3]?.clone, days: ["2026-11-21"], sources: [{ totalLost: 10 }] },
    ]);
  });
}
