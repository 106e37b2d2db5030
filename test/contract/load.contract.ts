import type { AcceptedLoad, AcceptedReport, HostLoad, ImportedReport, Storage } from "@portolan/collector";
import { expect, test } from "vitest";
import {
  actor,
  DAY,
  enrolled,
  MINUTE,
  NOON,
  reportOfCopy,
  syntheticAgent,
  syntheticFacts,
  syntheticImport,
  syntheticReport,
  syntheticToken,
} from "./synthetic.ts";

const HOUR = 60 * MINUTE;
const DAY_MS = 24 * HOUR;

/** SYNTHETIC: a minute of load, `bytes` of it written to the one volume. */
function minute(at: number, bytes: number, more: Partial<AcceptedLoad> = {}): AcceptedLoad {
  return {
    day: new Date(at).toISOString().slice(0, 10),
    hour: Math.floor(at / HOUR) * HOUR,
    from: at,
    to: at + MINUTE,
    cpu: { ms: MINUTE, busyMs: MINUTE / 4, peak: 0.5 },
    memory: { samples: 4, sum: 4e9, peak: 2e9 },
    network: { ms: MINUTE, bytesIn: 10, bytesOut: 20, peakIn: 3, peakOut: 4 },
    volumes: [{ mount: "/", written: { ms: MINUTE, bytes, peak: bytes }, used: { samples: 1, sum: 5e9, peak: 5e9 } }],
    ...more,
  };
}

function told(agentId: string, number: number, load: AcceptedLoad[], more: Partial<AcceptedReport> = {}) {
  return syntheticReport(agentId, number, { load, flows: [], ...more });
}

const spoken = (epoch: string, number: number, mac: string, bytes: number) =>
  reportOfCopy(epoch, number, mac, { load: [minute(NOON + number * MINUTE, bytes)] });
const written = ({ figures }: HostLoad) => figures.volumes.map(({ mount, written: of }) => [mount, of?.bytes]);
const hours = (storage: Storage, hostId: string) => storage.listLoad({ by: "hour", hostId });

async function age(storage: Storage, at: number): Promise<void> {
  while (await storage.ageEvidence(at));
}

/** What hosts did, by hour and by day. */
export function loadContract(storage: () => Storage, reopen: () => Promise<Storage>): void {
  test("parts of one hour add up, each report once, and outlive a restart", async () => {
    const hostId = await enrolled(storage(), "a1");
    const one = told("a1", 1, [minute(NOON, 100)]);
    await storage().saveReports([one, one]);
    await storage().saveReports([one]);
    const other = minute(NOON + MINUTE, 50, { cpu: { ms: MINUTE, busyMs: MINUTE, peak: 1 } });
    await storage().saveReports([told("a1", 2, [other, minute(NOON + HOUR, 7)])]);
    const first = {
      hostId,
      day: DAY,
      hour: NOON,
      figures: {
        from: NOON,
        to: NOON + 2 * MINUTE,
        cpu: { ms: 2 * MINUTE, busyMs: 1.25 * MINUTE, peak: 1 },
        memory: { samples: 8, sum: 8e9, peak: 2e9 },
        network: { ms: 2 * MINUTE, bytesIn: 20, bytesOut: 40, peakIn: 3, peakOut: 4 },
        volumes: [
          {
            mount: "/",
            written: { ms: 2 * MINUTE, bytes: 150, peak: 100 },
            used: { samples: 2, sum: 10e9, peak: 5e9 },
          },
        ],
      },
    };
    const shown = await hours(storage(), hostId);
    expect(shown).toMatchObject([first, { hour: NOON + HOUR }]);
    expect(shown[0]).toEqual(first);
    const whole = await storage().listLoad({ by: "day" });
    expect(whole).toMatchObject([{ hostId, day: DAY, figures: { cpu: { ms: 3 * MINUTE } } }]);
    expect(whole[0]).not.toHaveProperty("hour");
    expect(whole.map(written)).toEqual([[["/", 157]]]);
    await reopen();
    expect(await hours(storage(), hostId)).toEqual(shown);
  });

  test("what was not told is absent, and a period means its days", async () => {
    const hostId = await enrolled(storage(), "a1");
    const bare: AcceptedLoad = { day: DAY, hour: NOON, from: NOON, to: NOON + MINUTE, volumes: [] };
    await storage().saveReports([told("a1", 1, [bare, minute(NOON + DAY_MS, 1)])]);
    expect((await hours(storage(), hostId))[0]).toEqual({
      hostId,
      day: DAY,
      hour: NOON,
      figures: { from: NOON, to: NOON + MINUTE, volumes: [] },
    });
    for (const by of ["hour", "day"] as const) {
      expect(await storage().listLoad({ by, hostId, until: DAY })).toHaveLength(1);
      expect(await storage().listLoad({ by, hostId, since: "2026-11-21" })).toHaveLength(1);
      expect(await storage().listLoad({ by, hostId, since: "2026-11-22" })).toEqual([]);
    }
    for (const unknown of ["h999", "10.0.0.9", ""]) expect(await hours(storage(), unknown)).toEqual([]);
  });

  test("hours older than 62 days are told by their day, whatever comes late", async () => {
    const hostId = await enrolled(storage(), "a1");
    await storage().saveReports([told("a1", 1, [minute(NOON, 1), minute(NOON + HOUR, 2)])]);
    const later = NOON + 63 * DAY_MS;
    const recent = { receivedAt: later, window: { from: later - MINUTE, to: later } };
    await age(storage(), later);
    // A clock that ran ahead takes nothing: nobody has reported since.
    expect(await hours(storage(), hostId)).toHaveLength(2);
    await storage().saveReports([told("a1", 2, [minute(later, 4)], recent)]);
    await age(storage(), later);
    const shown = await hours(storage(), hostId);
    expect(shown.map(({ day, hour }) => [day, hour])).toEqual([
      [DAY, undefined],
      ["2027-01-22", later],
    ]);
    expect(shown.map(written)).toEqual([[["/", 3]], [["/", 4]]]);
    await storage().saveReports([told("a1", 3, [minute(NOON, 10)], recent)]);
    await age(storage(), later);
    expect((await hours(storage(), hostId)).map(written)).toEqual([[["/", 13]], [["/", 4]]]);
  });

  test("of hosts that are one, what two agents measured at the same time counts once, and what followed is added", async () => {
    const old = await enrolled(storage(), "a1", { hostname: "app01", machineId: "m1" });
    const young = await enrolled(storage(), "a2", { hostname: "app01", machineId: "m2" });
    await storage().saveReports([
      told("a1", 1, [minute(NOON, 100), minute(NOON + HOUR, 5)]),
      told("a2", 1, [minute(NOON + MINUTE, 30)]),
      told("a2", 2, [minute(NOON + HOUR, 6, { cpu: { ms: 2 * MINUTE, busyMs: 0, peak: 0 } })]),
    ]);
    const before = await Promise.all([hours(storage(), old), hours(storage(), young)]);
    await storage().mergeHosts(young, old, NOON, actor);
    for (const hostId of [old, young]) {
      const shown = await hours(storage(), hostId);
      expect(shown.map((item) => item.hostId)).toEqual([old, old]);
      expect(shown[0]?.figures).toMatchObject({ from: NOON, to: NOON + 2 * MINUTE, cpu: { ms: 2 * MINUTE } });
      expect(shown.map(written)).toEqual([[["/", 130]], [["/", 5]]]);
      expect(shown[1]?.figures.cpu).toEqual({ ms: 2 * MINUTE, busyMs: 0, peak: 0 });
    }
    expect((await storage().listLoad({ by: "day" })).map(({ hostId }) => hostId)).toEqual([old]);
    await storage().splitHost(young, NOON, actor);
    expect(await Promise.all([hours(storage(), old), hours(storage(), young)])).toEqual(before);
  });

  test("a retired host keeps its load", async () => {
    const hostId = await enrolled(storage(), "a1");
    await storage().saveReports([told("a1", 1, [minute(NOON, 100)])]);
    const before = await hours(storage(), hostId);
    await storage().retireHost(hostId, true, NOON + HOUR, actor);
    expect(await hours(storage(), hostId)).toEqual(before);
  });

  test("a machine that takes an identity over goes on with its load", async () => {
    const hostId = await enrolled(storage(), "a1", { machineId: "m1" });
    await storage().saveReports([told("a1", 1, [minute(NOON, 100)])]);
    await storage().createToken(syntheticToken("again"), actor);
    await storage().enrol("again", syntheticAgent("a2", { machineId: "m1", at: NOON + HOUR }), NOON + HOUR);
    await storage().saveReports([told("a2", 1, [minute(NOON + 2 * MINUTE, 11)], { contentHash: "anew" })]);
    expect((await hours(storage(), hostId)).map(written)).toEqual([[["/", 111]]]);
  });

  test("a clone's load is not its original's", async () => {
    const original = await enrolled(storage(), "a1");
    const [x, y] = ["02:00:00:00:00:01", "02:00:00:00:00:02"];
    const results = [];
    for (const report of [spoken("a", 1, x, 1), spoken("b", 2, y, 1000), spoken("a", 3, x, 2), spoken("b", 4, y, 2000)])
      results.push(...(await storage().saveReports([report])));
    const clone = results[3]?.clone ?? "";
    expect((await hours(storage(), original)).map(written)).toEqual([[["/", 3]]]);
    expect((await hours(storage(), clone)).map(written)).toEqual([[["/", 2000]]]);
  });

  test("the same number with another content: its load is nobody's", async () => {
    const hostId = await enrolled(storage(), "a1");
    await storage().saveReports([told("a1", 1, [minute(NOON, 100)])]);
    const other = told("a1", 1, [minute(NOON + HOUR, 7)], {
      contentHash: "another",
      window: { from: NOON + HOUR, to: NOON + HOUR + MINUTE },
    });
    expect(await storage().saveReports([other])).toMatchObject([{ conflict: true }]);
    expect((await hours(storage(), hostId)).map(written)).toEqual([[["/", 100]]]);
  });

  test("a file's load is shown when all of it is, and goes with it", async () => {
    const hostId = await enrolled(storage(), "a1", { hostname: "app01" });
    await storage().saveReports([told("a1", 1, [minute(NOON, 100)], { host: syntheticFacts })]);
    const captured = (hostname: string): ImportedReport => ({
      site: "seoul",
      hostname,
      timeZone: "Asia/Seoul",
      report: told("capture", 1, [minute(NOON + MINUTE, 7)]),
    });
    const before = await storage().listLoad({ by: "hour" });
    await storage().saveImport(syntheticImport("i1"), { reports: [captured("app01"), captured("app02")] }, actor);
    const [app02, ...others] = (await storage().listHosts()).filter(({ name }) => name === "app02");
    expect(others).toEqual([]);
    expect((await hours(storage(), hostId)).map(written)).toEqual([[["/", 107]]]);
    expect((await hours(storage(), app02?.id ?? "")).map(written)).toEqual([[["/", 7]]]);
    await storage().undoImport("i1", NOON, actor);
    expect(await storage().listLoad({ by: "hour" })).toEqual(before);
    expect(await storage().listLoad({ by: "day" })).toHaveLength(1);
    await storage().saveImport(syntheticImport("i1"), { reports: [captured("app01")] }, actor);
    expect((await hours(storage(), hostId)).map(written)).toEqual([[["/", 107]]]);
  });
}
