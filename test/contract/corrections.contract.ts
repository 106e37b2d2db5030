import type { AcceptedReport, ImportedReport, Storage } from "@portolan/collector";
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
  syntheticImport,
  syntheticReport,
  syntheticToken,
} from "./synthetic.ts";

const LISTENER = { protocol: "tcp", address: "::", port: 443 } as const;

function captured(number: number, hostname: string, more: Partial<AcceptedReport> = {}): ImportedReport {
  const host = { ...syntheticFacts, hostname, fqdn: `${hostname}.corp.local` };
  const report = syntheticReport("capture", number, { host, listeners: [LISTENER], sources: [source()], ...more });
  return { site: "seoul", hostname, timeZone: "Asia/Seoul", report };
}

/** All that people read; the revision and the audit log only ever grow. */
async function shown(storage: Storage): Promise<unknown> {
  const { listHosts, listListeners, listFlows, listCoverage, listImports, listAgents } = storage;
  return Promise.all([listHosts(), listListeners(), listFlows(), listCoverage(), listImports(), listAgents()]);
}

async function lastAudit(storage: Storage) {
  return (await storage.listAudit(1))[0];
}

/** Two enrolled hosts of one machine, each with reports of the same flow. Returns their ids. */
async function twoHosts(storage: Storage, second: Partial<AcceptedReport>): Promise<[string, string]> {
  const old = await enrolled(storage, "a1", { hostname: "app01", machineId: "m1" });
  const young = await enrolled(storage, "a2", { hostname: "app01", machineId: "m2" });
  const host = { ...syntheticFacts, memoryBytes: 16e9 };
  await storage.saveReports([
    syntheticReport("a1", 1, { host: syntheticFacts, listeners: [LISTENER], sources: [source()] }),
    syntheticReport("a1", 2),
    syntheticReport("a2", 1, { host, listeners: [LISTENER], sources: [source()], ...second }),
  ]);
  return [old, young];
}

const LATER = { window: { from: NOON + 60 * MINUTE, to: NOON + 61 * MINUTE }, receivedAt: NOON + 62 * MINUTE };

/** Hosts retired, merged, split; files undone. */
export function correctionContract(storage: () => Storage): void {
  test("a retired host keeps its evidence and is marked, until somebody takes it back", async () => {
    const id = await enrolled(storage(), "a1");
    await storage().saveReports([syntheticReport("a1", 1)]);
    const before = await shown(storage());
    const revision = await storage().revision();
    const at = NOON + 60 * MINUTE;
    expect(await storage().retireHost(id, true, at, actor)).toBe(true);
    expect(await storage().revision()).toBeGreaterThan(revision);
    expect(await lastAudit(storage())).toEqual({
      at,
      actor: "token:synthetic-admin",
      action: "host.retire",
      subject: id,
    });
    expect(await storage().listHosts()).toMatchObject([{ id, retiredAt: at }]);
    expect(await storage().listFlows({ hostId: id })).toHaveLength(1);
    expect(await storage().retireHost(id, false, at, actor)).toBe(true);
    expect(await lastAudit(storage())).toMatchObject({ action: "host.unretire" });
    expect(await shown(storage())).toEqual(before);
  });

  test("a retired host that reports again is evidently not gone", async () => {
    const id = await enrolled(storage(), "a1");
    await storage().retireHost(id, true, NOON + 1, actor);
    expect((await storage().listHosts())[0]).toHaveProperty("retiredAt");
    await storage().saveReports([syntheticReport("a1", 1)]);
    expect((await storage().listHosts())[0]).not.toHaveProperty("retiredAt");
  });

  test("what does not exist can't be corrected, and leaves no trace in the audit log", async () => {
    const id = await enrolled(storage(), "a1");
    const elsewhere = await enrolled(storage(), "a2", { site: "busan" });
    const entries = (await storage().listAudit(100)).length;
    for (const wrong of ["h999", "10.0.0.9", ""]) {
      expect(await storage().retireHost(wrong, true, NOON, actor)).toBe(false);
      expect(await storage().mergeHosts(id, wrong, NOON, actor)).toBe("unknown");
      expect(await storage().mergeHosts(wrong, id, NOON, actor)).toBe("unknown");
      expect(await storage().splitHost(wrong, NOON, actor)).toBe(false);
      expect(await storage().undoImport(wrong, NOON, actor)).toBeUndefined();
    }
    expect(await storage().mergeHosts(id, id, NOON, actor)).toBe("same");
    expect(await storage().mergeHosts(id, elsewhere, NOON, actor)).toBe("other-site");
    expect(await storage().splitHost(id, NOON, actor)).toBe(false);
    expect(await storage().listAudit(100)).toHaveLength(entries);
  });

  test("merged hosts are one: what followed is added, and a split gives both back", async () => {
    const [old, young] = await twoHosts(storage(), LATER);
    const before = await shown(storage());
    expect(await storage().mergeHosts(young, old, NOON, actor)).toBe("merged");
    expect(await lastAudit(storage())).toMatchObject({ action: "host.merge", subject: `${young} into ${old}` });
    expect(await storage().listHosts()).toMatchObject([
      { id: old, name: "app01", facts: { memoryBytes: 16e9 }, mergedFrom: [{ id: young, name: "app01" }] },
    ]);
    for (const hostId of [old, young, undefined]) {
      const [flow, ...others] = await storage().listFlows(hostId === undefined ? {} : { hostId });
      expect(others).toEqual([]);
      expect(flow).toMatchObject({ server: { hostId: old }, connectionsByDay: [{ day: DAY, connections: 3 }] });
    }
    expect(await storage().listListeners()).toMatchObject([{ hostId: old, open: true }]);
    expect(await storage().listCoverage()).toMatchObject([
      { hostId: old, days: [DAY], lastReport: LATER.window.to, sources: [{ totalLost: 2, totalGapMs: 200 }] },
    ]);
    expect((await storage().listAgents()).map((agent) => agent.hostId)).toEqual([old, old]);
    expect(await storage().splitHost(young, NOON, actor)).toBe(true);
    expect(await lastAudit(storage())).toMatchObject({ action: "host.split", subject: young });
    expect(await shown(storage())).toEqual(before);
  });

  test("agents that watched at the same time counted the same connections: the larger", async () => {
    const flows = [syntheticFlow({ connections: 5, bytesSent: 10 }), syntheticFlow({ port: 22 })];
    const [old, young] = await twoHosts(storage(), { flows });
    await storage().mergeHosts(young, old, NOON, actor);
    const counts = (await storage().listFlows()).map((flow) => [
      flow.serverPort,
      flow.connectionsByDay,
      flow.bytesReceived,
    ]);
    expect(counts).toEqual([
      [443, [{ day: DAY, connections: 5 }], 10],
      [22, [{ day: DAY, connections: 1 }], undefined],
    ]);
  });

  test("both agents go on reporting for the one host, and merges of merges split step by step", async () => {
    const [old, young] = await twoHosts(storage(), LATER);
    const third = await enrolled(storage(), "a3", { hostname: "app01" });
    await storage().mergeHosts(young, old, NOON, actor);
    await storage().mergeHosts(old, third, NOON, actor);
    const next = { from: NOON + 70 * MINUTE, to: NOON + 71 * MINUTE };
    await storage().saveReports([syntheticReport("a2", 2, { ...LATER, window: next })]);
    expect(await storage().listHosts()).toMatchObject([{ id: third }]);
    expect(await storage().listFlows()).toMatchObject([{ connectionsByDay: [{ connections: 4 }] }]);
    await storage().splitHost(old, NOON, actor);
    expect((await storage().listHosts()).map((host) => host.id)).toEqual([old, third]);
    expect(await storage().listFlows({ hostId: old })).toMatchObject([{ connectionsByDay: [{ connections: 4 }] }]);
  });

  test("a machine whose secret was revoked takes its host over at once", async () => {
    const hostId = await enrolled(storage(), "a1", { machineId: "m1" });
    await storage().saveReports([syntheticReport("a1", 1)]);
    await storage().revokeToken("agent-a1", NOON, actor);
    await storage().createToken(syntheticToken("t2"), actor);
    const second = await storage().enrol("t2", syntheticAgent("a2", { machineId: "m1", at: NOON + MINUTE }), 0);
    expect(second?.hostId).toBe(hostId);
    expect(await agentOf(storage(), "a1")).toHaveProperty("retiredAt");
    expect(await storage().listHosts()).toHaveLength(1);
  });

  test("an undone flow list disappears with the hosts that only it named, and may come again", async () => {
    await enrolled(storage(), "a1", { hostname: "app01" });
    const known = [{ name: "db01", addresses: ["10.0.0.5"], site: "seoul" }];
    await storage().saveImport(syntheticImport("i1"), { hosts: known }, actor);
    const before = await shown(storage());
    const row = { site: "seoul", protocol: "tcp", port: 1433, firstSeen: NOON, lastSeen: NOON, day: DAY } as const;
    const flows = ["app01", "db01", "only-here"].map((name) => ({
      ...row,
      client: { name },
      server: { name: "nor-elsewhere" },
      connections: 1,
    }));
    const take = () =>
      storage().saveImport(syntheticImport("i2"), { flows, hosts: [{ ...known[0]!, notes: "x" }] }, actor);
    await take();
    const after = await shown(storage());
    expect(await storage().undoImport("i2", NOON, actor)).toEqual({ flows: 3, reports: 0, days: 0, hosts: 2 });
    expect(await lastAudit(storage())).toMatchObject({ action: "import.undo", subject: "i2" });
    expect(await shown(storage())).toEqual(before);
    expect(await take()).toMatchObject({ duplicate: false });
    expect((await storage().listFlows()).length).toBe(3);
    expect(after).not.toEqual(before);
  });

  test("an undone capture takes its reports, coverage and host along, and counts again when it comes again", async () => {
    const before = await shown(storage());
    const reports = [captured(1, "app09"), captured(2, "app09"), captured(4, "app09")];
    await storage().saveImport(syntheticImport("i1"), { reports }, actor);
    const taken = await shown(storage());
    expect(await storage().undoImport("i1", NOON, actor)).toEqual({ flows: 1, reports: 3, days: 1, hosts: 1 });
    expect(await shown(storage())).toEqual(before);
    await storage().saveImport(syntheticImport("i1"), { reports }, actor);
    expect(JSON.stringify(await shown(storage())).replaceAll(/"h\d+"|"id":\d+/g, "id")).toBe(
      JSON.stringify(taken).replaceAll(/"h\d+"|"id":\d+/g, "id"),
    );
  });

  test("of two captures of a host, the other stays as if the undone had never come", async () => {
    const other = {
      ...LATER,
      listeners: [{ ...LISTENER, port: 22 }],
      host: { ...syntheticFacts, hostname: "app09", memoryBytes: 1e9 },
    };
    await storage().saveImport(syntheticImport("i1"), { reports: [captured(1, "app09")] }, actor);
    const before = await shown(storage());
    await storage().saveImport(syntheticImport("i2"), { reports: [captured(2, "app09", other)] }, actor);
    expect((await storage().listListeners()).map(({ port, open }) => [port, open])).toEqual([
      [443, false],
      [22, true],
    ]);
    await storage().undoImport("i2", NOON, actor);
    expect(await shown(storage())).toEqual(before);
  });

  test("a managed host whose capture is undone keeps what its agent said, and is asked for its listeners", async () => {
    await enrolled(storage(), "a1", { hostname: "app01" });
    const own = syntheticReport("a1", 1, { host: syntheticFacts, listeners: [LISTENER], sources: [source()] });
    await storage().saveReports([own]);
    const before = await shown(storage());
    const other = { ...LATER, listeners: [], host: { ...syntheticFacts, memoryBytes: 1 } };
    await storage().saveImport(syntheticImport("i1"), { reports: [captured(1, "app01", other)] }, actor);
    await storage().saveImport(syntheticImport("i2"), { reports: [captured(2, "app01")] }, actor);
    await storage().undoImport("i1", NOON, actor);
    await storage().undoImport("i2", NOON, actor);
    expect(await shown(storage())).toEqual(before);
    expect(await storage().saveReports([syntheticReport("a1", 2)])).toMatchObject([{ missing: ["listeners"] }]);
  });
}
