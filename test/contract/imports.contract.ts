import type { ImportedFlow, ImportedReport, Storage } from "@portolan/collector";
import { expect, test } from "vitest";
import { agentOf } from "./agent-of.ts";
import {
  actor,
  DAY,
  enrolled,
  MINUTE,
  NOON,
  syntheticFacts,
  syntheticFlow,
  syntheticImport,
  syntheticReport,
} from "./synthetic.ts";

const flow: ImportedFlow = {
  site: "seoul",
  client: { address: "10.0.0.1" },
  server: { name: "db01" },
  protocol: "tcp",
  port: 1433,
  firstSeen: NOON,
  lastSeen: NOON + MINUTE,
  day: DAY,
  connections: 7,
};

function fromFile(number: number, more: Partial<ImportedReport> = {}): ImportedReport {
  const report = syntheticReport("capture", number, { host: syntheticFacts, listeners: [] });
  return { site: "seoul", hostname: "app01", timeZone: "Asia/Seoul", report, ...more };
}

/** What files bring: hosts, flows, captured reports. */
export function importContract(storage: () => Storage, reopen: () => Promise<Storage>): void {
  test("the same content twice counts once", async () => {
    const first = await storage().saveImport(syntheticImport("i1"), { flows: [flow] }, actor);
    const record = { ...syntheticImport("i1"), actor: "token:synthetic-admin" };
    expect(first).toEqual({ record, duplicate: false });
    const revision = await storage().revision();
    const again = { ...syntheticImport("i2"), contentHash: "content-of-i1" };
    expect(await storage().saveImport(again, { flows: [flow] }, actor)).toEqual({ record, duplicate: true });
    expect(await storage().listImports()).toEqual([record]);
    expect(await storage().revision()).toBe(revision);
    expect(await storage().listFlows()).toMatchObject([{ connectionsByDay: [{ day: DAY, connections: 7 }] }]);
  });

  test("hosts that only a file names are imported hosts", async () => {
    const hosts = [{ name: "db01", addresses: ["10.0.0.5"], site: "seoul", environment: "prod", notes: "payroll" }];
    await storage().saveImport(syntheticImport("i1"), { hosts, flows: [flow] }, actor);
    const [db01, ...others] = await storage().listHosts();
    expect(others).toEqual([]);
    expect(db01).toEqual({
      id: expect.any(String),
      name: "db01",
      site: "seoul",
      kind: "imported",
      environment: "prod",
      notes: "payroll",
      addresses: [{ address: "10.0.0.5", hostLocal: false }],
    });
    expect(await storage().listFlows({ hostId: db01?.id ?? "" })).toMatchObject([
      { client: { address: "10.0.0.1" }, server: { hostId: db01?.id }, serverPort: 1433, direction: "observed" },
    ]);
  });

  test("a file that names a managed host means it, by short name or full, in any case", async () => {
    const hostId = await enrolled(storage(), "a1", { hostname: "app01" });
    await storage().saveReports([syntheticReport("a1", 1, { host: syntheticFacts })]);
    const names = ["APP01", "app01.corp.local", "App01.Corp.Local"];
    const hosts = names.map((name, index) => ({ name, addresses: [`10.0.1.${index}`], site: "seoul", notes: name }));
    await storage().saveImport(syntheticImport("i1"), { hosts }, actor);
    await storage().saveImport(
      syntheticImport("i2"),
      {
        hosts: [
          { name: "app01.other.local", addresses: [], site: "seoul" },
          { name: "app01", addresses: [], site: "x" },
        ],
      },
      actor,
    );
    const stored = await storage().listHosts();
    expect(stored.map((host) => [host.name, host.kind])).toEqual([
      ["app01@seoul", "managed"],
      ["app01.other.local", "imported"],
      ["app01@x", "imported"],
    ]);
    expect(stored[0]).toMatchObject({ id: hostId, notes: "App01.Corp.Local" });
    expect(stored[0]?.addresses.map(({ address }) => address)).toEqual([
      "10.0.0.1",
      "127.0.0.1",
      "10.0.1.0",
      "10.0.1.1",
      "10.0.1.2",
    ]);
  });

  test("an imported host becomes managed when its agent enrols", async () => {
    const hosts = [{ name: "app01.corp.local", addresses: ["10.0.0.1"], site: "seoul", environment: "prod" }];
    await storage().saveImport(syntheticImport("i1"), { hosts }, actor);
    const [before] = await storage().listHosts();
    expect(await enrolled(storage(), "a1", { hostname: "APP01" })).toBe(before?.id);
    expect(await storage().listHosts()).toMatchObject([{ name: "APP01", kind: "managed", environment: "prod" }]);
  });

  test("flows between addresses alone are asked for apart, and are no host's", async () => {
    const between: ImportedFlow = {
      ...flow,
      port: 2,
      client: { address: "10.0.0.1" },
      server: { address: "10.0.0.2" },
    };
    await storage().saveImport(syntheticImport("i1"), { flows: [flow, between] }, actor);
    expect((await storage().listFlows()).map(({ serverPort }) => serverPort).toSorted((x, y) => x - y)).toEqual([
      2, 1433,
    ]);
    expect(await storage().listFlows({ hostId: null })).toMatchObject([
      { client: { address: "10.0.0.1" }, server: { address: "10.0.0.2" }, serverPort: 2 },
    ]);
    expect(await storage().listFlows({ hostId: null, until: "2000-01-01" })).toEqual([]);
  });

  test("who names its process was there: that decides from which end a row was seen", async () => {
    const rows: ImportedFlow[] = [
      { ...flow, port: 1 },
      { ...flow, port: 2, clientProcess: "java" },
      { ...flow, port: 3, serverProcess: "sqlservr" },
      { ...flow, port: 4, clientProcess: "java", serverProcess: "sqlservr" },
    ];
    await storage().saveImport(syntheticImport("i1"), { flows: rows }, actor);
    const listed = await storage().listFlows();
    expect(listed.map((row) => [row.seenFrom, row.client.process, row.server.process])).toEqual([
      ["client", undefined, undefined],
      ["client", "java", undefined],
      ["server", undefined, "sqlservr"],
      ["both", "java", "sqlservr"],
    ]);
    expect(listed[0]).toMatchObject({ sources: ["flows-csv"], countsAreExact: false, failed: 0 });
  });

  test("equal rows of one file add up, days are filtered", async () => {
    const rows = [flow, { ...flow, connections: 1, lastSeen: NOON + 5 * MINUTE }, { ...flow, day: "2026-11-22" }];
    await storage().saveImport(syntheticImport("i1"), { flows: rows }, actor);
    expect(await storage().listFlows({ until: DAY })).toMatchObject([
      { connectionsByDay: [{ day: DAY, connections: 8 }], lastSeen: NOON + 5 * MINUTE },
    ]);
    expect(await storage().listFlows()).toHaveLength(2);
  });

  test("reports of files count once too, also when two files hold the same ones", async () => {
    await storage().saveImport(syntheticImport("i1"), { reports: [fromFile(1), fromFile(2)] }, actor);
    await storage().saveImport(syntheticImport("i2"), { reports: [fromFile(2), fromFile(3)] }, actor);
    const flows = await storage().listFlows();
    const sum = flows.flatMap((one) => one.connectionsByDay).reduce((total, day) => total + day.connections, 0);
    expect(sum).toBe(3);
    const [host] = await storage().listHosts();
    expect(host).toMatchObject({ name: "app01", kind: "imported", facts: syntheticFacts });
    expect(await storage().listCoverage()).toMatchObject([{ hostId: host?.id, days: [DAY] }]);
    expect(await storage().listAgents()).toEqual([]);
    expect(await storage().siteTimeZone("seoul")).toBe("Asia/Seoul");
  });

  test("a file speaks of a managed host without speaking for its agent", async () => {
    const hostId = await enrolled(storage(), "capture", { hostname: "app01" });
    await storage().saveReports([syntheticReport("capture", 1, { flows: [syntheticFlow({ port: 22 })] })]);
    await storage().saveImport(syntheticImport("i1"), { reports: [fromFile(1)] }, actor);
    const flows = await storage().listFlows({ hostId });
    expect(flows.map((one) => one.serverPort)).toEqual([22, 443]);
    expect(await agentOf(storage(), "capture")).not.toHaveProperty("conflicts");
  });

  /** SYNTHETIC: so much that it takes many commits, of either kind. */
  const manyFlows = Array.from({ length: 6000 }, (_, index): ImportedFlow => ({
    ...flow,
    client: { address: `10.1.${index >> 8}.${index & 255}` },
    server: { name: `db${index % 50}` },
  }));
  const manyReports = Array.from({ length: 20 }, (_, index) => {
    const flows = Array.from({ length: 200 }, (_none, port) => syntheticFlow({ port: index * 200 + port + 1 }));
    return fromFile(index + 1, { report: syntheticReport("capture", index + 1, { flows, host: syntheticFacts }) });
  });
  const large = [
    ["flow list", { flows: manyFlows }, { flows: 6000, hosts: 50, days: 0 }],
    ["capture", { reports: manyReports }, { flows: 4000, hosts: 1, days: 1 }],
  ] as const;
  const nothing = { flows: 0, hosts: 0, days: 0 };

  /** What is shown of the file, beside what an agent's host has. */
  async function shownOfFile() {
    const { listFlows, listHosts, listCoverage } = storage();
    const [flows, hosts, coverage] = await Promise.all([listFlows(), listHosts(), listCoverage()]);
    const own = hosts.find((host) => host.kind === "managed")?.id;
    return {
      flows: flows.filter((one) => one.server.hostId !== own).length,
      hosts: hosts.filter((host) => host.id !== own).length,
      days: coverage.filter((host) => host.hostId !== own).length,
    };
  }

  for (const [kind, content, whole] of large) {
    test(`a large ${kind} is shown whole or not at all, and reports get in between`, async () => {
      await enrolled(storage(), "a1", { hostname: "own01" });
      const done = new AbortController();
      const taken = storage()
        .saveImport(syntheticImport("i1"), content, actor)
        .finally(() => done.abort());
      let before = 0;
      for (let number = 1; !done.signal.aborted; number += 1) {
        const shown = await shownOfFile();
        const imports = await storage().listImports();
        // Each list is read by itself: between two of them the file may have become whole.
        if (!done.signal.aborted && imports.length === 0) expect(shown).toEqual(nothing);
        await storage().saveReports([syntheticReport("a1", number)]);
        if (!done.signal.aborted) before = number;
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await taken).toMatchObject({ duplicate: false });
      expect(before).toBeGreaterThan(0);
      expect(await shownOfFile()).toEqual(whole);
      expect(await storage().undoImport("i1", NOON, actor)).toMatchObject({ flows: whole.flows, hosts: whole.hosts });
      expect(await shownOfFile()).toEqual(nothing);
    });

    test(`of a ${kind} that a stop cut short nothing is left, and it may come again`, async () => {
      await enrolled(storage(), "a1", { hostname: "own01" });
      const taken = storage().saveImport(syntheticImport("i1"), content, actor);
      const failed = expect(taken).rejects.toThrow();
      await storage().saveReports([syntheticReport("a1", 1)]);
      await reopen();
      await failed;
      expect(await storage().listImports()).toEqual([]);
      expect(await shownOfFile()).toEqual(nothing);
      expect(await storage().undoImport("i1", NOON, actor)).toBeUndefined();
      expect(await storage().saveImport(syntheticImport("i1"), content, actor)).toMatchObject({ duplicate: false });
      expect(await shownOfFile()).toEqual(whole);
    });
  }

  test("what somebody else names meanwhile is theirs, whatever becomes of the file", async () => {
    const taken = storage().saveImport(syntheticImport("i1"), { flows: manyFlows }, actor);
    const second = storage().saveImport(syntheticImport("i2"), { flows: [flow] }, actor);
    await enrolled(storage(), "a1", { hostname: "db7" });
    await Promise.all([taken, second]);
    expect(await storage().listHosts()).toHaveLength(51);
    await storage().undoImport("i1", NOON, actor);
    expect((await storage().listHosts()).map((host) => [host.name, host.kind])).toEqual([
      ["db7", "managed"],
      ["db01", "imported"],
    ]);
  });

  test("a file that can't be stored is stored in no part", async () => {
    const broken = [...manyFlows.slice(0, 3000), { ...flow, connections: Number.NaN }];
    await expect(storage().saveImport(syntheticImport("i1"), { flows: broken }, actor)).rejects.toThrow();
    expect(await storage().listImports()).toEqual([]);
    expect(await shownOfFile()).toEqual(nothing);
    expect(await storage().listAudit(10)).toEqual([]);
    await storage().saveImport(syntheticImport("i1"), { flows: manyFlows }, actor);
    expect(await shownOfFile()).toMatchObject({ flows: 6000, hosts: 50 });
  });
}
