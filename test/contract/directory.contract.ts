import type { AcceptedReport, HostDirectory, ImportedReport, Storage } from "@portolan/collector";
import type { AddressDependency, Directory } from "@portolan/protocol";
import { expect, test } from "vitest";
import {
  actor,
  enrolled,
  MINUTE,
  NOON,
  reportOfCopy,
  syntheticFacts,
  syntheticImport,
  syntheticReport,
} from "./synthetic.ts";

const HOUR = 60 * MINUTE;

/** SYNTHETIC: a host that found its keytab and asked nobody. */
function membership(more: Partial<Directory> = {}): Directory {
  return {
    status: "joined",
    reason: "not-verified",
    realm: "CORP.EXAMPLE",
    domainControllers: [],
    spns: [],
    serviceAccounts: [],
    evidence: [],
    checkedAt: "2026-11-20T12:00:00.000Z",
    ...more,
  };
}

const onDns = (target: string): AddressDependency => ({
  kind: "dns-server",
  holder: "eth0",
  target,
  source: "/etc/resolv.conf",
});

/** A report that ends so many hours after noon. */
function told(agentId: string, hours: number, more: Partial<AcceptedReport>): AcceptedReport {
  const to = NOON + hours * HOUR;
  const number = Math.round(hours * 60) + 1;
  const window = { from: to - MINUTE, to };
  return syntheticReport(agentId, number, { flows: [], window, receivedAt: to + MINUTE, ...more });
}

const spoken = (epoch: string, number: number, mac: string, site: string) =>
  reportOfCopy(epoch, number, mac, { directory: membership({ site }) });
const spans = (items: readonly { firstSeen: number; lastSeen: number }[]) =>
  items.map(({ firstSeen, lastSeen }) => [(firstSeen - NOON) / HOUR, (lastSeen - NOON) / HOUR]);
const statuses = ({ record, earlier }: HostDirectory) => [...earlier.map(({ state }) => state.status), record.status];

/** Membership of domains, and what on hosts names an address. */
export function directoryContract(storage: () => Storage, reopen: () => Promise<Storage>): void {
  test("a membership is kept with its last record, since when it stands, and what stood before", async () => {
    const hostId = await enrolled(storage(), "a1");
    await enrolled(storage(), "a2", { hostname: "other" });
    const latest = membership({ status: "broken", reason: "disabled", checkedAt: "2026-11-20T15:00:00.000Z" });
    await storage().saveReports([
      told("a1", 0, { directory: membership() }),
      told("a1", 1, { directory: membership({ checkedAt: "2026-11-20T13:00:00.000Z", spns: ["host/app01"] }) }),
      told("a1", 2, { directory: membership({ status: "broken", reason: "disabled" }) }),
      told("a1", 3, { directory: latest }),
      told("a1", 2.5, { directory: membership({ status: "unknown" }) }),
      told("a1", 4, {}),
    ]);
    const expected = [
      {
        hostId,
        record: latest,
        firstSeen: NOON + 2 * HOUR,
        lastSeen: NOON + 3 * HOUR,
        earlier: [
          {
            state: { status: "joined", reason: "not-verified", realm: "CORP.EXAMPLE" },
            firstSeen: NOON,
            lastSeen: NOON + HOUR,
          },
        ],
      },
    ];
    expect(await storage().listDirectory()).toEqual(expected);
    await reopen();
    expect(await storage().listDirectory()).toEqual(expected);
  });

  test("a state that comes again is told both times", async () => {
    await enrolled(storage(), "a1");
    const broken = membership({ status: "broken", reason: "disabled" });
    const states = [membership(), broken, membership()];
    await storage().saveReports(states.map((directory, hours) => told("a1", hours, { directory })));
    const [shown] = await storage().listDirectory();
    expect(shown && statuses(shown)).toEqual(["joined", "broken", "joined"]);
    expect(shown && spans([...shown.earlier, shown])).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
  });

  test("of states that come and go the last thousand are kept", async () => {
    await enrolled(storage(), "a1");
    const reports = Array.from({ length: 1005 }, (_, index) =>
      told("a1", index, { directory: membership({ site: `site-${index}` }) }),
    );
    await storage().saveReports(reports);
    const [shown] = await storage().listDirectory();
    expect(shown?.record.site).toBe("site-1004");
    expect(shown?.earlier.length).toBeLessThanOrEqual(1000);
    expect(shown?.earlier.at(-1)?.state.site).toBe("site-1003");
    expect(shown?.earlier.length).toBeGreaterThanOrEqual(999);
  });

  test("of hosts that are one, whoever told last is believed, until they are split", async () => {
    const old = await enrolled(storage(), "a1", { hostname: "app01", machineId: "m1" });
    const young = await enrolled(storage(), "a2", { hostname: "app01", machineId: "m2" });
    await storage().saveReports([
      told("a1", 0, { directory: membership(), addressDependencies: [onDns("10.0.0.1")] }),
      told("a2", 1, { directory: membership({ status: "not-joined" }), addressDependencies: [onDns("10.0.0.2")] }),
    ]);
    const before = await storage().listDirectory();
    expect(before.map(statuses)).toEqual([["joined"], ["not-joined"]]);
    await storage().mergeHosts(young, old, NOON, actor);
    const [shown, ...others] = await storage().listDirectory();
    expect(others).toEqual([]);
    expect(shown && [shown.hostId, statuses(shown)]).toEqual([old, ["joined", "not-joined"]]);
    const items = await storage().listAddressDependencies({ hostId: young });
    expect(items.map(({ hostId, target }) => [hostId, target])).toEqual([
      [old, "10.0.0.1"],
      [old, "10.0.0.2"],
    ]);
    await storage().splitHost(young, NOON, actor);
    expect(await storage().listDirectory()).toEqual(before);
  });

  test("a clone's membership is not its original's, and whoever told is asked again", async () => {
    const original = await enrolled(storage(), "a1");
    const [x, y] = ["02:00:00:00:00:01", "02:00:00:00:00:02"];
    const results = [];
    for (const report of [
      spoken("a", 1, x, "X"),
      spoken("b", 2, y, "Y"),
      spoken("a", 3, x, "X"),
      spoken("b", 4, y, "Y"),
    ])
      results.push(...(await storage().saveReports([report])));
    expect(results[1]?.missing).toEqual(["host", "listeners", "directory"]);
    const shown = await storage().listDirectory();
    expect(shown.map(({ hostId, record }) => [hostId, record.site])).toEqual([
      [original, "X"],
      [results[3]?.clone, "Y"],
    ]);
  });

  test("a file's membership and addresses are shown when all of it is, and go with it", async () => {
    const hostId = await enrolled(storage(), "a1", { hostname: "app01" });
    await storage().saveReports([
      told("a1", 0, { host: syntheticFacts, directory: membership(), addressDependencies: [onDns("10.0.0.1")] }),
    ]);
    const captured = (hostname: string): ImportedReport => ({
      site: "seoul",
      hostname,
      timeZone: "Asia/Seoul",
      report: told("capture", 5, {
        directory: membership({ status: "not-joined" }),
        addressDependencies: [onDns("10.0.0.9")],
      }),
    });
    const all = async () => [await storage().listDirectory(), await storage().listAddressDependencies()];
    const before = await all();
    await storage().saveImport(syntheticImport("i1"), { reports: [captured("app01"), captured("app02")] }, actor);
    expect((await storage().listDirectory()).map(statuses)).toEqual([["joined", "not-joined"], ["not-joined"]]);
    const items = await storage().listAddressDependencies({ hostId });
    expect(items.map(({ target, current }) => [target, current])).toEqual([
      ["10.0.0.1", false],
      ["10.0.0.9", true],
    ]);
    await storage().undoImport("i1", NOON, actor);
    expect(await all()).toEqual(before);
  });

  test("an address that a whole list no longer names is history, and an empty list is one", async () => {
    const hostId = await enrolled(storage(), "a1");
    const [one, two] = [onDns("10.0.0.1"), { ...onDns("10.0.0.2"), validUntil: "2027-01-01T00:00:00.000Z" }];
    await storage().saveReports([
      told("a1", 0, { addressDependencies: [one, two] }),
      told("a1", 1, { addressDependencies: [two] }),
      told("a1", 0.5, { addressDependencies: [onDns("10.0.0.3")] }),
      told("a1", 2, {}),
    ]);
    const shown = await storage().listAddressDependencies({ hostId });
    expect(shown).toEqual([
      { hostId, ...one, firstSeen: NOON, lastSeen: NOON, current: false },
      { hostId, ...two, firstSeen: NOON, lastSeen: NOON + HOUR, current: true },
    ]);
    await storage().saveReports([told("a1", 3, { addressDependencies: [] })]);
    await reopen();
    const later = await storage().listAddressDependencies();
    expect(later.map(({ current }) => current)).toEqual([false, false]);
    expect(spans(later)).toEqual([
      [0, 0],
      [0, 1],
    ]);
    for (const unknown of ["h999", "10.0.0.9"])
      expect(await storage().listAddressDependencies({ hostId: unknown })).toEqual([]);
  });
}
