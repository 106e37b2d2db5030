import { afterAll, beforeAll, expect, test } from "vitest";
import type { Estate } from "../estate/estate.ts";
import { describeInLab } from "../estate/requirements.ts";
import { dependencyKey, readWitnesses, type TrueDependency } from "../estate/traffic/truth.ts";
import type { ReportedDependency } from "./answers.ts";
import { crossZonePermissions, difference, expandRules, reportedKey } from "./compare.ts";
import { DATABASE_PORT, ENDING_HOST, ENDING_PORT, SERVICES } from "./lab-plan.ts";
import { buildMainJobEstate, type MainJob, runMainJob } from "./main-job.ts";
import { rulesOfCsv, rulesOfXlsx } from "./rule-files.ts";

const TRAFFIC = { seed: 20_261_121, durationMs: 32_000 };
const sum = (counted: readonly { connections: number }[]) => counted.reduce((all, one) => all + one.connections, 0);
const NOTHING = { missing: [], surplus: [], twice: [] };

describeInLab("the main job: six hosts in three zones, an agent in each, a collector", () => {
  let estate: Estate | undefined;
  let job: MainJob;
  let reported: Map<string, ReportedDependency>;
  beforeAll(async () => {
    estate = await buildMainJobEstate();
    job = await runMainJob(estate, TRAFFIC);
    reported = new Map(job.dependencies.map((dependency) => [reportedKey(dependency), dependency]));
  }, 170_000);
  afterAll(() => estate?.close());

  /** What the collector made of a true dependency; the first test says which are missing. */
  function reportOf(entry: TrueDependency): ReportedDependency {
    const found = reported.get(dependencyKey(entry));
    expect(found, `no dependency ${dependencyKey(entry)}`).toBeDefined();
    return found as ReportedDependency;
  }

  test("the lab made traffic worth looking at, and both its witnesses agree", () => {
    const { callers, servers } = readWitnesses(job.estate);
    expect(callers).toEqual(servers);
    expect(callers.length).toBeGreaterThan(80);
    expect(new Set(job.truth.map((entry) => entry.serverPort))).toEqual(
      new Set(SERVICES.map((service) => service.port)),
    );
    expect(crossZonePermissions(job.estate, job.truth).length).toBeGreaterThanOrEqual(8);
    expect(job.truth.some((entry) => entry.closedByClient > 0 && entry.closedByServer > 0)).toBe(true);
  });

  test("the dependencies are the truth: none is missing, none is made up", () => {
    const truth = [...job.truth, ...job.agentsTruth].map(dependencyKey);
    expect(difference(truth, job.dependencies.map(reportedKey))).toEqual(NOTHING);
  });

  test("every connection that ended in FIN was counted once", () => {
    const promised = job.truth.map((entry) => {
      const { connections, closedByClient, closedByServer } = entry;
      const open = connections - closedByClient - closedByServer;
      // Each end keeps TIME_WAIT of what it closed; the collector takes the larger count of the two ends.
      const least = open + Math.max(closedByClient, closedByServer);
      const counted = reportOf(entry).connections;
      return { dependency: dependencyKey(entry), least, most: connections, counted };
    });
    expect(promised.filter(({ least, most, counted }) => counted < least || counted > most)).toEqual([]);
    expect(promised.filter(({ least, most }) => least === most).length).toBeGreaterThan(job.truth.length / 2);
  });

  test("processes stand at the right ends", () => {
    for (const entry of job.truth) {
      const { clientProcesses, serverProcesses } = reportOf(entry);
      const service = SERVICES.find(({ host, port }) => host === entry.serverHost && port === entry.serverPort);
      expect(serverProcesses, dependencyKey(entry)).toEqual([expect.stringContaining(`(${service?.program}.ts)`)]);
      const client = entry.serverPort === DATABASE_PORT ? "(web-server.ts)" : "(client.ts)";
      // TIME_WAIT has no owner: a client that only closed short connections may stay unknown, but never be another.
      expect(
        clientProcesses.filter((label) => !label.endsWith(client)),
        dependencyKey(entry),
      ).toEqual([]);
      if (service?.long === true) {
        expect(clientProcesses, dependencyKey(entry)).toHaveLength(1);
      }
    }
  });

  test("the web server and the database of one host are a dependency over loopback, with both processes", () => {
    const loopback = job.dependencies.filter(({ serverAddress }) => serverAddress === "127.0.0.1");
    expect(loopback).toMatchObject([
      {
        clientHost: "shop1",
        clientAddress: "127.0.0.1",
        serverHost: "shop1",
        serverPort: DATABASE_PORT,
        clientProcesses: [expect.stringContaining("(web-server.ts)")],
        serverProcesses: [expect.stringContaining("(database.ts)")],
      },
    ]);
  });

  test("a listener that closed leaves its TIME_WAIT rows as inbound flows of its port", () => {
    const seenHere = job.flowsOfEndingHost.filter(({ clientHost, serverHost, seenFrom }) =>
      seenFrom === "server" ? serverHost === ENDING_HOST : clientHost === ENDING_HOST,
    );
    const inbound = seenHere.filter(({ serverPort }) => serverPort === ENDING_PORT);
    const made = job.truth.filter(({ serverPort }) => serverPort === ENDING_PORT);
    expect(inbound.every(({ seenFrom, direction }) => seenFrom === "server" && direction === "observed")).toBe(true);
    expect(sum(inbound)).toBe(sum(made));
    const truePorts = new Set([...job.truth, ...job.agentsTruth].map(({ serverPort }) => serverPort));
    expect(seenHere.filter(({ serverPort }) => !truePorts.has(serverPort))).toEqual([]);
  });

  test("the firewall rules expand to exactly the cross-zone truth, in every format", async () => {
    const truth = crossZonePermissions(job.estate, [...job.truth, ...job.agentsTruth]);
    expect(job.firewall.unzoned).toEqual([]);
    expect(job.firewall.rules.every((rule) => rule.overPermission === 0)).toBe(true);
    const inFiles = [job.firewall.rules, await rulesOfXlsx(job.files.xlsx), rulesOfCsv(job.files.csv)];
    for (const rules of inFiles) {
      // Two rules may both cover a permission: the fewest rules that cover a set can overlap.
      expect(difference(truth, [...new Set(expandRules(rules))])).toEqual(NOTHING);
    }
  });

  test("every host is in exactly one group", () => {
    const hosts = job.groups.groups.flatMap((group) => group.hosts).sort();
    expect(hosts).toEqual(job.estate.hosts.map((host) => host.name).sort());
  });
});
