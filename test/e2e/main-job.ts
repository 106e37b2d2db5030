import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildEstate, type Estate } from "../estate/estate.ts";
import { makeCalls, startServers } from "../estate/traffic/run.ts";
import { type TrafficScript, writeScript } from "../estate/traffic/script.ts";
import { type DependencyEnds, readTruth, type TrueDependency } from "../estate/traffic/truth.ts";
import type { CoverageAnswer, FirewallAnswer, GroupsAnswer, ReportedDependency, ReportedFlow } from "./answers.ts";
import { ATTEMPTS, COLLECTOR_HOST, COLLECTOR_PORT, ENDING_HOST, ESTATE, SERVICES, ZONES_CSV } from "./lab-plan.ts";
import { ONE_SAMPLE_MS, portolan, startAgent, startCollector, stopAgent, stopCollector } from "./portolan.ts";

/** Everything that one run of the main job came to. The estate still stands. */
export interface MainJob {
  estate: Estate;
  script: TrafficScript;
  /** What the lab's programs did, by their own logs. */
  truth: TrueDependency[];
  /** What the agents did: every host calls the collector. Counts are not known, so there are none. */
  agentsTruth: DependencyEnds[];
  dependencies: ReportedDependency[];
  /** Flows that name the host whose listener ended, each as one of the two hosts saw it. */
  flowsOfEndingHost: ReportedFlow[];
  firewall: FirewallAnswer;
  groups: GroupsAnswer;
  coverage: CoverageAnswer;
  /** Paths of the firewall request in each format, and the collector's data. */
  files: { json: string; xlsx: string; csv: string; dependencies: string; data: string };
}

/**
 * The main job as a user does it, on real sockets: collector, token, an agent in every host, traffic, zones, the map
 * and the firewall request. `progress` is told each step. The caller closes the estate, whether this throws or not.
 */
export async function runMainJob(
  estate: Estate,
  options: { seed: number; durationMs: number },
  progress: (step: string) => void = () => {},
): Promise<MainJob> {
  const collectorHost = estate.host(COLLECTOR_HOST);
  const output = (name: string) => join(collectorHost.stateDir, name);
  const data = output("data");
  const ask = (...args: string[]) => portolan(collectorHost, ...args, "--data", data);

  const script = writeScript({ ...options, hosts: ESTATE.hosts, services: SERVICES, attempts: ATTEMPTS });
  progress("services and collector start");
  const [collector] = await Promise.all([startCollector(collectorHost, data), startServers(estate, script)]);

  progress("agents enrol and start");
  const { token } = JSON.parse(await ask("token", "create", "--kind", "enrolment", "--uses", "10", "--json")) as {
    token: string;
  };
  const agents = await Promise.all(estate.hosts.map(async (host) => ({ host, agent: await startAgent(host, token) })));

  progress(`traffic runs for ${options.durationMs / 1000} s`);
  await makeCalls(estate, script);
  await sleep(ONE_SAMPLE_MS);
  progress("agents stop and flush");
  await Promise.all(agents.map(({ host, agent }) => stopAgent(host, agent)));
  const truth = readTruth(estate);

  progress("the collector is asked");
  writeFileSync(output("zones.csv"), ZONES_CSV);
  await ask("zones", "import", output("zones.csv"));
  const files = {
    json: output("firewall.json"),
    xlsx: output("firewall.xlsx"),
    csv: output("firewall.csv"),
    dependencies: output("dependencies.csv"),
    data,
  };
  await ask("export", "firewall", "--format", "json", "-o", files.json);
  await ask("export", "firewall", "--format", "xlsx", "-o", files.xlsx);
  await ask("export", "firewall", "--format", "csv", "-o", files.csv);
  await ask("export", "dependencies", "--format", "csv", "-o", files.dependencies);
  const list = async <T>(...args: string[]) => (JSON.parse(await ask(...args, "--json")) as { items: T[] }).items;
  const dependencies = await list<ReportedDependency>("dependencies");
  const flowsOfEndingHost = await list<ReportedFlow>("flows", "--host", ENDING_HOST);
  const groups = JSON.parse(await ask("groups", "--json")) as GroupsAnswer;
  const coverage = JSON.parse(await ask("coverage", "--json")) as CoverageAnswer;
  await stopCollector(collectorHost, collector);
  return {
    estate,
    script,
    truth,
    agentsTruth: agentsTruth(estate),
    dependencies,
    flowsOfEndingHost,
    firewall: JSON.parse(readFileSync(files.json, "utf8")) as FirewallAnswer,
    groups,
    coverage,
    files,
  };
}

/** The lab that the main job runs in. */
export function buildMainJobEstate(): Promise<Estate> {
  return buildEstate(ESTATE);
}

function agentsTruth(estate: Estate): DependencyEnds[] {
  const { name: serverHost, address: serverAddress } = estate.host(COLLECTOR_HOST);
  return estate.hosts.map((host) => ({
    clientHost: host.name,
    clientAddress: host.address,
    serverHost,
    serverAddress,
    protocol: "tcp",
    serverPort: COLLECTOR_PORT,
  }));
}
