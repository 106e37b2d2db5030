import {
  buildDependencies,
  buildGraph,
  createZoneIndex,
  type FlowEvidence,
  graphDocument,
  type Host,
  segmentsOf,
} from "@portolan/graph";

/** SYNTHETIC estate: 10,000 hosts, 100,000 dependencies, each reported by both ends as 200,000 flows. No field data. */
const HOSTS = 10_000;
const DEPENDENCIES = Number(process.argv[2] ?? 100_000);
const GOAL_SECONDS = 3;

/** Small seeded generator (linear congruential, Numerical Recipes' constants), so that every run builds the same estate. */
function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function addressOf(index: number): string {
  return `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
}

function syntheticHosts(): Host[] {
  return Array.from({ length: HOSTS }, (_, index) => ({
    id: `h${index}`,
    name: `synthetic-${index}`,
    site: "synthetic",
    kind: "managed",
    addresses: [{ address: addressOf(index), prefix: 22, hostLocal: false }],
  }));
}

function syntheticFlows(): FlowEvidence[] {
  const random = createRandom(42);
  const ports = [443, 1433, 5432, 445, 389, 53, 8080, 3306];
  const flows: FlowEvidence[] = [];
  for (let index = 0; index < DEPENDENCIES; index++) {
    const [client, server] = [random(HOSTS), random(HOSTS)];
    const serverPort = (ports[random(ports.length)] ?? 443) + random(3) * 1000;
    for (const seenFrom of ["client", "server"] as const) {
      flows.push({
        site: "synthetic",
        client: { address: addressOf(client), ...(seenFrom === "client" && { hostId: `h${client}`, process: "app" }) },
        server: { address: addressOf(server), ...(seenFrom === "server" && { hostId: `h${server}`, process: "db" }) },
        protocol: "tcp",
        serverPort,
        direction: "observed",
        seenFrom,
        connectionsByDay: Array.from({ length: 5 }, (_, day) => ({ day: `2026-11-0${day + 1}`, connections: day })),
        failed: 0,
        firstSeen: index,
        lastSeen: index + 1,
        sources: ["synthetic"],
        countsAreExact: false,
      });
    }
  }
  return flows;
}

/** Reference: the same rows put into one plain Map of sums, what any grouping by key must at least do. */
function plainMap(flows: readonly FlowEvidence[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { client, server, serverPort, protocol, connectionsByDay } of flows) {
    const key = `${client.address}|${server.address}|${protocol}|${serverPort}`;
    let sum = sums.get(key) ?? 0;
    for (const { connections } of connectionsByDay) sum += connections;
    sums.set(key, sum);
  }
  return sums;
}

/**
 * Seconds of CPU, all threads, so that neighbours on the machine count less than by the clock. With garbage collected
 * beside the work it is, on an idle machine, rather more than the clock shows.
 */
function timed<T>(work: () => T): [T, number] {
  const start = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(start);
  return [result, (user + system) / 1e6];
}

/** Prints how long dependencies and graph take beside the plain Map in the same run; 1 when the goal is missed. */
function run(print: (line: string) => void): number {
  const hosts = syntheticHosts();
  const flows = syntheticFlows();
  const [sums, reference] = timed(() => plainMap(flows));
  const [dependencies, merging] = timed(() => buildDependencies({ flows, hosts, listeners: [] }));
  const [{ zoneOf }, zoning] = timed(() => createZoneIndex([], segmentsOf(hosts)));
  const [graph, drawing] = timed(() => buildGraph({ dependencies, hosts, zoneOf, level: "host" }));
  const [zones, zoneDrawing] = timed(() => buildGraph({ dependencies, hosts, zoneOf, level: "zone" }));
  const [, writing] = timed(() => graphDocument(graph));
  const total = merging + zoning + drawing;
  print(`synthetic estate: ${hosts.length} hosts, ${flows.length} flows -> ${dependencies.length} dependencies`);
  print(`reference, plain Map of sums (${sums.size} keys): ${reference.toFixed(2)} s`);
  print(`dependencies: ${merging.toFixed(2)} s (${(merging / reference).toFixed(1)} x reference)`);
  print(`zone index ${zoning.toFixed(2)} s, graph of hosts (${graph.size} edges) ${drawing.toFixed(2)} s`);
  print(
    `dependencies and graph: ${total.toFixed(2)} s (${(total / reference).toFixed(1)} x reference); goal < ${GOAL_SECONDS} s of CPU`,
  );
  print(
    `besides: graph of zones (${zones.size} edges) ${zoneDrawing.toFixed(2)} s, as a document ${writing.toFixed(2)} s`,
  );
  return DEPENDENCIES > 100_000 || total < GOAL_SECONDS ? 0 : 1;
}

process.exitCode = run((line) => process.stdout.write(`${line}\n`));
