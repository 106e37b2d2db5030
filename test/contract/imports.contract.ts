import type { ImportedFlow, ImportedReport, Storage } from "@portolan/collector";
import { expect, test } from "vitest";
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
export function importContract(storage: () => Storage): void {
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
    expect(await storage().findAgent("capture")).not.toHaveProperty("conflicts");
  });
}
