/**
 * Recall of each tier of the Linux agent: 6,000 TCP connections of 1 ms, 50 ms and 1 s, closed in four ways, and 1,800
 * UDP flows, each with a key of its own, between a server and three clients in network namespaces; beside them agents
 * of every tier and, as reference, the classic sampler of established sockets. SYNTHETIC traffic over real sockets.
 * Needs root and the Debian package nftables. Exits with 1 below a floor. Takes four minutes.
 *
 * node test/bench/recall.bench.ts [seconds of traffic]
 */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command } from "../estate/command.ts";
import { newRunId } from "../estate/run-id.ts";
import { removeRun, sweepDeadRuns } from "../estate/sweep.ts";
import { buildNetwork, mountTracing, output, ready, start } from "./recall-lab.ts";
import { CLIENTS, CLOSINGS, closingOf, flowKey, isConnectedUdp, SERVERS, targets } from "./recall-plan.ts";

const SECONDS = Number(process.argv[2] ?? 150);
/** After the last connection: TIME_WAIT must still be seen by whoever looks each 30 s. */
const SETTLE_MS = 20_000;
const UDP = ["UDP connected", "UDP unconnected"];
const FLOORS: { tier: string; end: End; kinds: readonly string[]; share: number }[] = [
  { tier: "tracefs", end: "client", kinds: CLOSINGS, share: 0.999 },
  { tier: "tracefs", end: "server", kinds: CLOSINGS, share: 0.999 },
  { tier: "ss-events", end: "both", kinds: CLOSINGS, share: 0.99 },
  { tier: "sampling 30 s", end: "both", kinds: ["client FIN", "server FIN"], share: 1 },
  { tier: "conntrack", end: "client", kinds: UDP, share: 0.999 },
  { tier: "conntrack", end: "server", kinds: UDP, share: 0.999 },
];
const ENDS = ["client", "server", "both"] as const;
type End = (typeof ENDS)[number];
type Seen = Record<string, { keys: [string, number][]; faults: string[] }>;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** A namespace tracks only where a rule asks for it; the agent itself never makes a host do so. */
async function track(namespace: string): Promise<void> {
  const rules = [
    "add table inet lab",
    "add chain inet lab in { type filter hook input priority 0; }",
    "add rule inet lab in ct state established,new accept",
  ];
  for (const rule of rules) await command(["ip", "netns", "exec", namespace, "nft", rule]);
}

const percent = (part: number, whole: number): string => ((part / whole) * 100).toFixed(1).padStart(6);

/** Truth by kind, and what each tier saw of it from each end. */
function compare(byHost: Map<string, Seen>, serverHost: string): boolean {
  const kinds = [...CLOSINGS, ...UDP];
  const truth = new Map<string, string[]>(kinds.map((kind) => [kind, []]));
  for (const client of CLIENTS) {
    for (const { protocol, server, port } of targets()) {
      const udp = isConnectedUdp(port) ? "UDP connected" : "UDP unconnected";
      truth.get(protocol === "tcp" ? closingOf(port) : udp)?.push(flowKey(protocol, client, server, port));
    }
  }
  const known = [...truth.values()].flat();
  const seenBy = (tier: string, end: End): Map<string, number> => {
    const maps = [...byHost].filter(([host]) => end === "both" || (end === "server") === (host === serverHost));
    const counts = new Map<string, number>();
    for (const [, seen] of maps)
      for (const [key, count] of seen[tier]?.keys ?? []) counts.set(key, Math.max(counts.get(key) ?? 0, count));
    return counts;
  };
  print(`${"tier".padEnd(18)}${"end".padEnd(8)}${kinds.map((kind) => kind.padStart(17)).join("")}   counted twice`);
  let isMet = true;
  for (const tier of Object.keys(byHost.get(serverHost) ?? {})) {
    for (const end of ENDS) {
      const counts = seenBy(tier, end);
      const shares = kinds.map((kind) => {
        const all = truth.get(kind) ?? [];
        return percent(all.filter((key) => counts.has(key)).length, all.length).padStart(17);
      });
      const doubled = (keys: readonly string[]): number => keys.filter((key) => (counts.get(key) ?? 0) > 1).length;
      const twice = doubled(known);
      const which = kinds.filter((kind) => doubled(truth.get(kind) ?? []) > 0);
      print(`${tier.padEnd(18)}${end.padEnd(8)}${shares.join("")}   ${twice} ${which.join(", ")}`);
      for (const floor of FLOORS.filter((candidate) => candidate.tier === tier && candidate.end === end)) {
        const all = floor.kinds.flatMap((kind) => truth.get(kind) ?? []);
        const share = all.filter((key) => counts.has(key)).length / all.length;
        if (share >= floor.share && twice === 0) continue;
        isMet = false;
        print(`    BELOW THE FLOOR of ${floor.share * 100} %: ${(share * 100).toFixed(2)} %, ${twice} counted twice`);
      }
    }
  }
  for (const [host, seen] of byHost)
    for (const [tier, { faults }] of Object.entries(seen))
      for (const fault of new Set(faults)) print(`    ${host} ${tier}: ${fault}`);
  return isMet;
}

async function main(): Promise<number> {
  sweepDeadRuns();
  const run = newRunId();
  const names = ["server", ...CLIENTS.map((_, index) => `client${index}`)].map((name) => `${run}-${name}`);
  const [serverHost = ""] = names;
  const tracing = await mountTracing(run);
  const children: ChildProcessWithoutNullStreams[] = [];
  try {
    await buildNetwork(names, [SERVERS, ...CLIENTS.map((client) => [client])]);
    for (const name of names) await track(name);
    const server = start(serverHost, "recall-server.ts");
    children.push(server);
    await ready(server);
    const agents = names.map((name) => start(name, "recall-agent.ts", tracing.root, name));
    children.push(...agents);
    const outputs = agents.map(output);
    await Promise.all(agents.map(ready));
    const clients = CLIENTS.map((client, index) =>
      start(names[index + 1] ?? "", "recall-client.ts", client, String(SECONDS)),
    );
    children.push(...clients);
    for (const text of await Promise.all(clients.map(output))) print(`  a client: ${text.trim()}`);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    for (const agent of agents) agent.stdin.end();
    const seen = (await Promise.all(outputs)).map((text) => JSON.parse(text.split("\n")[1] ?? "{}") as Seen);
    return compare(new Map(names.map((name, index) => [name, seen[index] ?? {}])), serverHost) ? 0 : 1;
  } finally {
    for (const child of children) child.kill("SIGKILL");
    removeRun(run);
    await tracing.end();
    await rm(join(tmpdir(), run), { recursive: true, force: true });
  }
}

process.exitCode = await main();
