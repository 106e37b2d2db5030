import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildEstate, type Estate } from "../estate/estate.ts";
import type { EstatePlan } from "../estate/plan.ts";
import { heldEnds } from "../estate/traffic/held.ts";
import { makeCalls, startServers } from "../estate/traffic/run.ts";
import { type Service, writeScript } from "../estate/traffic/script.ts";
import { dependencyKey, readTruth, readWitnesses, type TrueDependency } from "../estate/traffic/truth.ts";
import { describeWithWindows } from "../estate/windows/requirements.ts";
import { NODE_EXE, type WindowsHost, windowsPath } from "../estate/windows/windows-host.ts";
import type { CoverageAnswer, ReportedDependency } from "./answers.ts";
import { difference, reportedKey } from "./compare.ts";
import { COLLECTOR_HOST, COLLECTOR_PORT } from "./lab-plan.ts";
import { ONE_SAMPLE_MS, portolan, startAgent, startCollector, startWindowsAgent, stopAgent } from "./portolan.ts";

const PLAN: EstatePlan = {
  segments: [
    { name: "app", cidr: "10.82.1.0/24" },
    { name: "data", cidr: "10.82.2.0/24" },
  ],
  hosts: [
    { name: "winapp1", segment: "app", address: "10.82.1.11", system: "windows" },
    { name: "web1", segment: "app", address: "10.82.1.12" },
    { name: "windata1", segment: "data", address: "10.82.2.21", system: "windows" },
    { name: "db1", segment: "data", address: "10.82.2.22" },
    { name: COLLECTOR_HOST, segment: "data", address: "10.82.2.41" },
  ],
};
const WINDOWS_HOSTS = PLAN.hosts.filter(({ system }) => system === "windows").map(({ name }) => name);
const DATABASE_PORT = 3306;

/** Between two Windows hosts only what stands is to be seen: Wine 10 has no TIME_WAIT rows. */
const SERVICES: readonly Service[] = [
  { host: "winapp1", port: 8080, closes: "either", program: "server", long: true, callers: ["web1", "windata1"] },
  {
    host: "windata1",
    port: 1433,
    closes: "client",
    program: "server",
    long: true,
    callers: ["winapp1", "db1"],
    listenAddress: "::",
  },
  { host: "db1", port: 5432, closes: "client", program: "server", long: true, callers: ["winapp1", "web1"] },
  { host: "web1", port: 8081, closes: "server", program: "server", callers: ["windata1", "winapp1"] },
  {
    host: "winapp1",
    port: 8443,
    closes: "server",
    program: "web-server",
    databasePort: DATABASE_PORT,
    callers: ["db1"],
  },
  { host: "winapp1", port: DATABASE_PORT, closes: "client", program: "database", listenAddress: "127.0.0.1" },
];
const TRAFFIC = { seed: 20_261_122, durationMs: 14_000 };

interface Tables {
  at: number;
  lines: string[];
}

describeWithWindows("a mixed estate: Windows hosts under Wine beside Linux hosts, one collector", () => {
  let estate: Estate;
  let truth: TrueDependency[];
  let dependencies: ReportedDependency[];
  let coverage: CoverageAnswer;
  let tables: Map<string, Tables>;

  beforeAll(async () => {
    estate = await buildEstate(PLAN);
    const collectorHost = estate.host(COLLECTOR_HOST);
    const data = join(collectorHost.stateDir, "data");
    const ask = (...args: string[]) => portolan(collectorHost, ...args, "--data", data);
    const script = writeScript({ ...TRAFFIC, hosts: PLAN.hosts, services: SERVICES });
    await Promise.all([startCollector(collectorHost, data), startServers(estate, script)]);
    const made = await ask("token", "create", "--kind", "enrolment", "--uses", "10", "--json");
    const { token }: { token: string } = JSON.parse(made);
    const [linux, windows] = [estate.hosts.filter(({ name }) => !WINDOWS_HOSTS.includes(name)), WINDOWS_HOSTS];
    const agents = await Promise.all(linux.map(async (host) => ({ host, agent: await startAgent(host, token) })));
    await Promise.all(windows.map((name) => startWindowsAgent(windowsOf(estate, name), token)));
    const calls = makeCalls(estate, script);
    await sleep(TRAFFIC.durationMs / 2);
    tables = new Map(
      await Promise.all(WINDOWS_HOSTS.map(async (name) => [name, await readTables(estate, name)] as const)),
    );
    await calls;
    // A report of the Windows agents, which Wine can't ask to end, and a look of the others.
    await sleep(ONE_SAMPLE_MS);
    await Promise.all(agents.map(({ host, agent }) => stopAgent(host, agent)));
    truth = readTruth(estate);
    dependencies = (JSON.parse(await ask("dependencies", "--json")) as { items: ReportedDependency[] }).items;
    coverage = JSON.parse(await ask("coverage", "--json")) as CoverageAnswer;
  }, 170_000);
  afterAll(() => estate?.close());

  test("there was traffic in all directions, and both ends of it agree", () => {
    const { callers, servers } = readWitnesses(estate);
    expect(callers).toEqual(servers);
    const directions = truth.map(({ clientHost, serverHost }) => `${system(clientHost)} > ${system(serverHost)}`);
    expect(new Set(directions)).toEqual(
      new Set(["windows > windows", "windows > linux", "linux > windows", "linux > linux"]),
    );
  });

  test("the dependencies are the truth: none is missing, none is made up", () => {
    const collector = estate.host(COLLECTOR_HOST);
    const agents = estate.hosts.map(({ name, address }) =>
      dependencyKey({
        clientHost: name,
        clientAddress: address,
        serverHost: collector.name,
        serverAddress: collector.address,
        protocol: "tcp",
        serverPort: COLLECTOR_PORT,
      }),
    );
    const expected = [...truth.map(dependencyKey), ...agents];
    expect(difference(expected, dependencies.map(reportedKey))).toEqual({ missing: [], surplus: [], twice: [] });
  });

  test("Windows' tables hold what the programs held, each socket with its program's pid and file", () => {
    for (const name of WINDOWS_HOSTS) {
      const { at, lines } = tables.get(name) ?? { at: 0, lines: [] };
      const held = heldEnds(estate, name);
      const expected = held.at(at).map(ofNode);
      const ever = new Set(held.ever.map(ofNode));
      expect(expected.length, name).toBeGreaterThan(2);
      expect(lines, name).toEqual(expect.arrayContaining(expected));
      // Beside them there is only the agent's own connection.
      const others = lines.filter((line) => !ever.has(line));
      expect(
        others.filter((line) => !line.includes(` ${COLLECTOR_PORT} `)),
        name,
      ).toEqual([]);
    }
  });

  test("programs stand at the right ends", () => {
    for (const entry of truth) {
      const found = dependencies.find((dependency) => reportedKey(dependency) === dependencyKey(entry));
      const ends = [
        [entry.clientHost, found?.clientProcesses ?? []],
        [entry.serverHost, found?.serverProcesses ?? []],
      ] as const;
      for (const [, processes] of ends.filter(([name]) => WINDOWS_HOSTS.includes(name)))
        expect(
          processes.filter((label) => !label.startsWith("node.exe")),
          dependencyKey(entry),
        ).toEqual([]);
      if (WINDOWS_HOSTS.includes(entry.serverHost)) expect(found?.serverProcesses).toHaveLength(1);
    }
  });

  test("a Windows host says what it cannot see", () => {
    const blind = new Map(coverage.hosts.map(({ host, blindTo }) => [host, blindTo]));
    for (const name of WINDOWS_HOSTS)
      expect(blind.get(name), name).toEqual(expect.arrayContaining(["udp-peers", "resets", "failed-attempts"]));
  });
});

/** Which system a host of the plan has. */
function system(host: string): string {
  return WINDOWS_HOSTS.includes(host) ? "windows" : "linux";
}

/** The programs of the lab run in Windows' node.exe. */
function ofNode(line: string): string {
  return `${line} of ${NODE_EXE}`;
}

function windowsOf(estate: Estate, name: string): WindowsHost {
  const windows = estate.windows(name);
  if (windows === undefined) throw new TypeError(`${name}: no Windows host of the plan`);
  return windows;
}

async function readTables(estate: Estate, name: string): Promise<Tables> {
  const script = fileURLToPath(new URL("../estate/windows/print-tables.ts", import.meta.url));
  const agent = import.meta.resolve("@portolan/agent").replace("file:///", "file:///Z:/");
  const printed = await windowsOf(estate, name).exec([NODE_EXE, windowsPath(script), agent]);
  expect(printed).toMatchObject({ code: 0, stderr: "" });
  return JSON.parse(printed.stdout) as Tables;
}
