import { afterAll, beforeAll, expect, test } from "vitest";
import type { Estate } from "../estate/estate.ts";
import { describeInLab } from "../estate/requirements.ts";
import { dependencyKey, readWitnesses, type TrueDependency } from "../estate/traffic/truth.ts";
import type { ReportedDependency } from "./answers.ts";
import { ANSWER } from "../estate/traffic/serve.ts";
import { calledPort } from "../estate/traffic/script.ts";
import { crossZonePermissions, difference, expandRules, reportedKey } from "./compare.ts";
import {
  CONTAINER_ADDRESS,
  CONTAINER_HOST,
  DATABASE_PORT,
  ENDING_HOST,
  ENDING_PORT,
  ESTATE,
  PUBLISHED_PORT,
  SERVICES,
  TRACKING_HOSTS,
} from "./lab-plan.ts";
import { buildMainJobEstate, type MainJob, runMainJob } from "./main-job.ts";
import { isPromised, isSeenByTablesOnly, promisedCount } from "./promises.ts";
import { rulesOfCsv, rulesOfXlsx } from "./rule-files.ts";

const TRAFFIC = { seed: 20_261_121, durationMs: 32_000 };
const sum = (counted: readonly { connections: number }[]) => counted.reduce((all, one) => all + one.connections, 0);
const sumOf = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
const isSucceeding = (entry: TrueDependency) => isPromised(entry) && entry.connections > 0;
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
    const called = job.truth.filter(({ connections }) => connections > 0).map(({ serverPort }) => serverPort);
    expect(new Set(called)).toEqual(new Set(SERVICES.flatMap((service) => [service.port, calledPort(service)])));
    expect(crossZonePermissions(job.estate, job.truth).length).toBeGreaterThanOrEqual(8);
    for (const kind of ["closedByClient", "closedByServer", "resetByClient", "resetByServer", "connected"] as const)
      expect(sumOf(job.truth.map((entry) => entry[kind])), kind).toBeGreaterThan(4);
    expect(job.truth.some((entry) => entry.closedByClient > 0 && entry.closedByServer > 0)).toBe(true);
  });

  test("the dependencies are the truth: none is missing, none is made up", () => {
    const truth = [...job.truth.filter(isPromised), ...job.agentsTruth].map(dependencyKey);
    expect(difference(truth, job.dependencies.map(reportedKey))).toEqual(NOTHING);
  });

  test("every connection was counted once, whoever closed or reset it, within a container too", () => {
    const wrong = job.truth.filter(isPromised).flatMap((entry) => {
      const counted = reportOf(entry).connections;
      const promised = promisedCount(entry);
      return counted === promised ? [] : [{ dependency: dependencyKey(entry), promised, counted }];
    });
    expect(wrong).toEqual([]);
  });

  test("a count is called exact only where it is", () => {
    const exact = job.truth.filter(isPromised).filter((entry) => !reportOf(entry).lowerBound);
    expect(exact.filter((entry) => reportOf(entry).connections !== entry.connections)).toEqual([]);
    // The first moments of an agent are a gap of its sources; what was seen in that window is a lower bound.
    expect(exact.length).toBeGreaterThan(job.truth.length / 3);
    for (const entry of job.truth.filter(isPromised)) {
      if (entry.protocol === "udp" || isSeenByTablesOnly(entry))
        expect(reportOf(entry).lowerBound, dependencyKey(entry)).toBe(true);
    }
  });

  test("bytes are those that the programs sent, but for one a connection, where every connection ended in FIN and outside of containers", () => {
    const whole = job.truth.filter(
      (entry) => isSucceeding(entry) && entry.connections === entry.closedByClient + entry.closedByServer,
    );
    const outside = whole.filter((entry) => entry.serverPort !== DATABASE_PORT && !isSeenByTablesOnly(entry));
    expect(outside.length).toBeGreaterThan(8);
    for (const entry of outside) {
      const { bytesSent = 0, bytesReceived = 0 } = reportOf(entry);
      // To the end that received it, the kernel counts the other's FIN as a byte.
      const fins = entry.connections;
      expect(bytesSent - entry.bytesSent, dependencyKey(entry)).toBeOneOf([...Array(fins + 1).keys()]);
      expect(bytesReceived - ANSWER.length * fins, dependencyKey(entry)).toBeOneOf([...Array(fins + 1).keys()]);
    }
  });

  test("attempts that were refused or not answered are counted apart, and no rule allows them", () => {
    const inVain = job.truth.filter(({ failed, connections }) => failed > 0 && connections === 0).filter(isPromised);
    expect(inVain).toHaveLength(2);
    for (const entry of inVain)
      expect(reportOf(entry)).toMatchObject({ connections: 0, failed: entry.failed, ends: "client" });
    const unzoned = job.firewall.unzoned.filter(({ reason }) => reason === "never-succeeded");
    expect(new Set(unzoned.map(({ serverPort }) => serverPort))).toEqual(
      new Set(inVain.map(({ serverPort }) => serverPort)),
    );
  });

  test("each host says what it cannot see", () => {
    const blind = new Map(job.coverage.hosts.map(({ host, blindTo }) => [host, blindTo]));
    for (const { name } of ESTATE.hosts) {
      expect(blind.get(name)?.includes("udp-peers"), name).toBe(!TRACKING_HOSTS.includes(name));
      expect(blind.get(name)?.includes("container-ends"), name).toBe(name === CONTAINER_HOST);
      expect(blind.get(name), name).toContain("resets");
    }
  });

  test("processes stand at the right ends", () => {
    for (const entry of job.truth.filter((one) => isPromised(one) && one.connections > 0)) {
      const { clientProcesses, serverProcesses } = reportOf(entry);
      const service = SERVICES.find((one) => one.host === entry.serverHost && calledPort(one) === entry.serverPort);
      // What a host only passes on to a container, no process of its own holds.
      const server = entry.serverPort === PUBLISHED_PORT ? [] : [expect.stringContaining(`(${service?.program}.ts)`)];
      expect(serverProcesses, dependencyKey(entry)).toEqual(server);
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
    const monolith = {
      clientHost: CONTAINER_HOST,
      clientAddress: "127.0.0.1",
      serverHost: CONTAINER_HOST,
      serverPort: DATABASE_PORT,
      clientProcesses: [expect.stringContaining("(web-server.ts)")],
      serverProcesses: [expect.stringContaining("(database.ts)")],
    };
    // The host's own, and that of its container on the same ports: never one.
    expect(loopback).toMatchObject([monolith, { ...monolith, scope: expect.stringMatching(/^netns-/) }]);
    expect(loopback[0]).not.toHaveProperty("scope");
  });

  test("a container's dependencies are its host's, and no rule names an address that only its host knows", () => {
    const inside = job.dependencies.filter(
      ({ clientAddress, serverAddress }) => clientAddress === CONTAINER_ADDRESS || serverAddress === CONTAINER_ADDRESS,
    );
    expect(inside.length).toBeGreaterThanOrEqual(3);
    for (const { clientAddress, clientHost, serverHost } of inside)
      expect(clientAddress === CONTAINER_ADDRESS ? clientHost : serverHost).toBe(CONTAINER_HOST);
    const reasons = job.firewall.unzoned.map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason === "host-local-address")).toHaveLength(inside.length);
    expect(expandRules(job.firewall.rules).filter((rule) => rule.includes(CONTAINER_ADDRESS))).toEqual([]);
  });

  test("a listener that closed leaves its TIME_WAIT rows as inbound flows of its port", () => {
    const seenHere = job.flowsOfEndingHost.filter(({ clientHost, serverHost, seenFrom }) =>
      seenFrom === "server" ? serverHost === ENDING_HOST : clientHost === ENDING_HOST,
    );
    const inbound = seenHere.filter(({ serverPort }) => serverPort === ENDING_PORT);
    const made = job.truth.filter(({ serverPort }) => serverPort === ENDING_PORT);
    expect(inbound.every(({ seenFrom, direction }) => seenFrom === "server" && direction === "observed")).toBe(true);
    expect(job.dependencies.filter(({ serverPort }) => serverPort === 0)).toEqual([]);
    expect(sum(inbound)).toBe(sum(made));
    // 0 stands for the port that a client's own reset wiped.
    const truePorts = new Set(
      [{ serverPort: 0 }, ...job.truth, ...job.agentsTruth].map(({ serverPort }) => serverPort),
    );
    expect(seenHere.filter(({ serverPort }) => !truePorts.has(serverPort))).toEqual([]);
  });

  test("the firewall rules expand to exactly the cross-zone truth, in every format", async () => {
    const truth = crossZonePermissions(job.estate, [...job.truth.filter(isSucceeding), ...job.agentsTruth]);
    const expected = new Set(["host-local-address", "never-succeeded"]);
    expect(job.firewall.unzoned.filter(({ reason }) => !expected.has(reason))).toEqual([]);
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
