import { describe, expect, test } from "vitest";
import { syntheticDependency } from "../testing/synthetic-dependency.ts";
import { host } from "../testing/synthetic-directory.ts";
import type { Dependency } from "../types.ts";
import { suspicionConfirmer } from "./confirm.ts";
import { suspectDependencies } from "./suspect.ts";

/** SYNTHETIC: one dependency; an end with a dot in its name is an address that nobody has. */
const end = (name: string, which: "client" | "server") =>
  name.includes(".") ? { [`${which}Address`]: name } : { [`${which}Host`]: name, [`${which}Address`]: `of ${name}` };
function calls(client: string, server: string, serverPort: number, more: Partial<Dependency> = {}): Dependency {
  const counts = { connections: 3, sources: ["proc-net"] };
  return syntheticDependency(serverPort, { ...end(client, "client"), ...end(server, "server"), ...counts, ...more });
}

function between(from: string, to: string | undefined, port: number, more: Partial<Dependency> = {}) {
  const serverProcesses = to === undefined ? [] : [to];
  return suspectDependencies([calls("a", "b", port, { clientProcesses: [from], serverProcesses, ...more })]);
}

describe("linked servers", () => {
  test.each([
    ["Windows to Linux", "sqlservr.exe", "tnslsnr", 1521],
    ["an Oracle server process as Linux names it", "oracle_4711_orc", "sqlservr.exe", 50_111],
    ["an Oracle gateway", "dg4odbc", "postgres", 5432],
    ["MariaDB to PostgreSQL", "mariadbd", "postgres", 5433],
    ["Db2's fenced mode process", "db2fmp", "tnslsnr", 1521],
    ["in capitals", "SQLSERVR.EXE", "dataserver", 5000],
    ["PostgreSQL to MongoDB", "postgres", "mongod", 27_018],
  ])("engines of two makes: %s", (_name, from, to, port) => {
    const [one, ...others] = between(from, to, port);
    expect(others).toEqual([]);
    expect(one).toMatchObject({
      kind: "linked-server",
      client: "a",
      server: "b",
      port,
      clientProcesses: [from],
      serverProcesses: [to],
      confidence: 0.8,
      connections: 3,
      firstSeen: 10,
      lastSeen: 20,
      ends: "both",
      sources: ["proc-net"],
    });
    expect(one?.reasons[1]).toContain("may also be replication between two makes");
  });

  test.each([
    ["sqlservr", "sqlservr", 1433, 0.5, "Service Broker"],
    ["sqlservr.exe", "sqlservr.exe", 5022, 0.2, "availability groups"],
    ["sqlservr.exe", undefined, 5022, 0.1, "availability groups"],
    ["postgres", "postgres", 5432, 0.5, "streaming or logical replication"],
    ["oracle_1_x", "tnslsnr", 1521, 0.5, "Data Guard"],
    ["mysqld", "mariadbd", 3306, 0.5, "replica"],
    ["mongod", "mongod", 27_017, 0.2, "no links"],
  ])("of one make %s may call %s for another reason, which is said (port %i)", (from, to, port, confidence, word) => {
    const [one] = between(from, to, port);
    expect(one?.confidence).toBe(confidence);
    expect(one?.reasons[1]).toContain(word);
  });

  test("the port speaks where nobody knows the process, at half the confidence", () => {
    const [one] = between("postgres", undefined, 1521);
    expect(one).toMatchObject({ confidence: 0.4, serverProcesses: [] });
    expect(one?.reasons[0]).toBe(
      "postgres, PostgreSQL, calls tcp/1521, a port of Oracle Database as a rule; nobody knows what answers there",
    );
    expect(between("postgres", "unknown", 1521)).toHaveLength(1);
    const [behind] = between("sqlservr", "haproxy", 5432);
    expect(behind?.reasons[0]).toContain("haproxy passes on what comes there");
    const [unmanaged] = suspectDependencies([calls("a", "10.0.0.9", 3306, { clientProcesses: ["sqlservr"] })]);
    expect(unmanaged).toMatchObject({ server: "u:s:10.0.0.9", serverAddresses: ["10.0.0.9"] });
  });

  test.each([
    ["an application", "java (shop.jar)", "sqlservr", 1433],
    ["a program whose argument is named so", "java (sqlservr)", "sqlservr", 1433],
    ["nobody known", undefined, "sqlservr", 1433],
    ["an agent beside the engine", "SQLAGENT.EXE", "sqlservr.exe", 1433],
    ["an engine that calls something else", "sqlservr", "nginx", 443],
    ["a port of an engine with another program", "sqlservr", "nginx", 1433],
    ["an engine that calls a port of nobody", "sqlservr", undefined, 443],
    ["5022 of another make", "postgres", undefined, 5022],
    ["a pooler in front of its engine", "pgbouncer", "postgres", 5432],
  ])("no suspicion: %s", (_name, from, to, port) => {
    const processes = {
      clientProcesses: from === undefined ? [] : [from],
      serverProcesses: to === undefined ? [] : [to],
    };
    expect(suspectDependencies([calls("a", "b", port, processes)])).toEqual([]);
  });

  test("no suspicion within a host, over UDP by port, or where nobody knows who called", () => {
    expect(suspectDependencies([calls("a", "a", 1521, { clientProcesses: ["sqlservr"] })])).toEqual([]);
    expect(between("sqlservr", undefined, 1521, { protocol: "udp" })).toEqual([]);
    expect(between("sqlservr", "tnslsnr", 1521, { direction: "unknown" })).toEqual([]);
  });

  test("what weakens the evidence is said", () => {
    const [one] = between("sqlservr", undefined, 1521, {
      clientProcesses: ["java (etl.jar)", "sqlservr"],
      direction: "guessed",
      connections: 0,
      failed: 7,
      ends: "client",
    });
    expect(one).toMatchObject({ clientProcesses: ["sqlservr"], failed: 7 });
    expect(one?.reasons.slice(2)).toEqual([
      "who called whom is guessed",
      "no attempt is known to have got through",
      "the counts are those of java (etl.jar) as well",
    ]);
  });
});

describe("licence services", () => {
  test.each([
    ["FlexNet's daemon", "lmgrd", "tcp", 27_001],
    ["a maker's daemon behind it", "adskflex.exe", "tcp", 50_123],
    ["RLM", "rlm", "tcp", 5053],
    ["Sentinel", "hasplms.exe", "tcp", 1947],
    ["KMS", "sppsvc.exe", "tcp", 1688],
  ] as const)("by the process that serves: %s", (_name, process, protocol, port) => {
    const [one] = between("matlab.exe", process, port, { protocol });
    expect(one).toMatchObject({ kind: "licence-service", clientProcesses: ["matlab.exe"], confidence: 0.9 });
  });

  test("by the port where nobody knows the process, at lower confidence, and only by its own ports", () => {
    for (const port of [27_000, 27_009, 1947, 5053]) {
      const [one] = suspectDependencies([calls("a", "b", port)]);
      expect(one).toMatchObject({ kind: "licence-service", confidence: 0.4, clientProcesses: [] });
      expect(one?.reasons.join()).toContain("nobody knows what answers there");
    }
    for (const port of [26_999, 27_010, 5054]) expect(suspectDependencies([calls("a", "b", port)])).toEqual([]);
    expect(between("x", "nginx", 27_000)).toEqual([]);
    expect(between("x", undefined, 27_000, { protocol: "udp" })).toEqual([]);
  });

  test("servers of a redundant group may be all it is", () => {
    const [one] = between("lmgrd", "lmgrd", 27_000);
    expect(one?.confidence).toBe(0.4);
    expect(one?.reasons[1]).toContain("redundant group");
  });
});

test("what goes to one service by several addresses is one, whatever the order", () => {
  const of = (address: string, more: Partial<Dependency>) =>
    calls("a", "b", 1521, { serverAddress: address, clientProcesses: ["sqlservr"], ends: "client", ...more });
  const dependencies = [
    of("10.0.0.1", { connections: 1, firstSeen: 5, lastSeen: 6 }),
    of("10.0.0.2", { serverProcesses: ["tnslsnr"], ends: "server", sources: ["ss"], lowerBound: false }),
    calls("a", "c", 1947),
    calls("a", "b", 1947),
  ];
  const found = suspectDependencies(dependencies);
  expect(found.map(({ kind, server }) => [kind, server])).toEqual([
    ["licence-service", "b"],
    ["licence-service", "c"],
    ["linked-server", "b"],
  ]);
  expect(found[2]).toMatchObject({
    serverAddresses: ["10.0.0.1", "10.0.0.2"],
    connections: 4,
    lowerBound: true,
    firstSeen: 5,
    lastSeen: 20,
    ends: "both",
    sources: ["proc-net", "ss"],
    confidence: 0.8,
  });
  expect(suspectDependencies(dependencies.toReversed())).toEqual(found);
});

const namesOf = (id: string) => (id === "b" ? ["db02.corp.example"] : []);

describe("what was told confirms it", () => {
  const hosts = [host("a", "10.0.0.1"), host("b", "10.0.0.2"), host("c", "2001:db8::3")];
  const suspected = suspectDependencies([
    calls("a", "b", 1433, { clientProcesses: ["sqlservr"] }),
    calls("a", "c", 1521, { clientProcesses: ["sqlservr"] }),
    calls("a", "10.9.9.9", 3306, { clientProcesses: ["sqlservr"] }),
  ]);
  const confirm = (target: string, more: { hostId?: string; kind?: string } = {}) => {
    const told = { hostId: "a", kind: "linked-server", target, ...more };
    const { flowsOf, unconfirmed } = suspicionConfirmer(hosts, namesOf)(suspected, [told]);
    const flows = flowsOf.get(told) ?? [];
    expect(flows.length + unconfirmed.length).toBe(suspected.length);
    return flows.map(({ server }) => server);
  };

  test.each(["b", "B:1433", "db02", "db02.corp.example\\ERP", "\\\\db02", "10.0.0.2", "10.0.0.2:1433", "b\\ERP:1433"])(
    "by name, address, instance and port: %s",
    (target) => expect(confirm(target)).toEqual(["b"]),
  );

  test("IPv6, and addresses that nobody has", () => {
    expect(confirm("2001:db8::3")).toEqual(["c"]);
    expect(confirm("[2001:db8::3]:1521")).toEqual(["c"]);
    expect(confirm("10.9.9.9:3306")).toEqual(["u:s:10.9.9.9"]);
  });

  test.each([
    "b:1434",
    "other",
    "",
    "b (name in tnsnames.ora)",
    "(not told)",
    "db02.other.example",
    "00:50:56:aa:bb:cc",
  ])("not by another port or name: %s", (target) => expect(confirm(target)).toEqual([]));

  test("not of another host or kind", () => {
    expect(confirm("b", { hostId: "c" })).toEqual([]);
    expect(confirm("b", { hostId: "nobody" })).toEqual([]);
    expect(confirm("b", { kind: "licence-service" })).toEqual([]);
  });
});
