/**
 * What an agent of each tier would see in this network namespace: the tiers beside each other in one process, each with
 * a flow table of its own. Prints the keys of its flows by tier when its input ends.
 */
import { createFlowTable, createSampler, type Snapshot } from "@portolan/agent";
import { flowKey } from "./recall-plan.ts";

const [traceRoot = "", name = "", tiersText = ""] = process.argv.slice(2);

interface Tier {
  name: string;
  everyMs: number;
  use?: string[];
  /** Sees what the classic agent sees. */
  establishedOnly?: boolean;
}

const ALL: Tier[] = [
  { name: "established 60 s", everyMs: 60_000, establishedOnly: true },
  { name: "established 15 s", everyMs: 15_000, establishedOnly: true },
  { name: "sampling 30 s", everyMs: 30_000 },
  { name: "ss-events", everyMs: 15_000, use: ["ss-events"] },
  { name: "tracefs", everyMs: 15_000, use: ["tracefs"] },
  { name: "conntrack", everyMs: 15_000, use: ["conntrack"] },
  { name: "all", everyMs: 15_000, use: ["ss-events", "tracefs", "conntrack"] },
];
const tiers = ALL.filter((tier) => tiersText === "" || tiersText.split(",").includes(tier.name));

const established = (snapshot: Snapshot): Snapshot => ({
  ...snapshot,
  observations: snapshot.observations.filter(({ state }) =>
    ["established", "listening", "unconnected", "connected"].includes(state),
  ),
});

async function follow({ name: tier, everyMs, use, establishedOnly = false }: Tier) {
  const table = createFlowTable();
  const keys = new Map<string, number>();
  const faults: string[] = [];
  const sampler = await createSampler({
    expectedIntervalMs: everyMs,
    // To this kernel's /proc, the other hosts of the lab would be containers of this one.
    containers: false,
    traceRoots: [traceRoot],
    traceInstance: `${name}-${tier.replaceAll(" ", "-")}`,
    ...(use && { events: { use, onGap: () => void look() } }),
  });
  async function look(): Promise<void> {
    const snapshot = await sampler.sample();
    for (const { name: source, ok, lost, reason } of snapshot.sources) {
      if (!ok || lost > 0) faults.push(`${source}: ${lost} lost, ${reason ?? ""}`);
    }
    table.observe(establishedOnly ? established(snapshot) : snapshot);
    for (const flow of table.drain().flows) {
      if (flow.direction === "unknown") continue;
      const [client, server] =
        flow.direction === "inbound"
          ? [flow.remoteAddress, flow.localAddress]
          : [flow.localAddress, flow.remoteAddress];
      const key = flowKey(flow.protocol, client, server, flow.serverPort);
      keys.set(key, (keys.get(key) ?? 0) + flow.connections);
    }
  }
  await look();
  const timer = setInterval(() => void look(), everyMs);
  return async () => {
    clearInterval(timer);
    await look();
    await sampler.close();
    return [tier, { keys: [...keys], faults, peakMb: process.resourceUsage().maxRSS / 1024 }] as const;
  };
}

const ends = await Promise.all(tiers.map(follow));
process.stdout.write("ready\n");
process.stdin
  .on("end", async () => {
    const seen = Object.fromEntries(await Promise.all(ends.map((end) => end())));
    process.stdout.write(`${JSON.stringify(seen)}\n`, () => process.exit());
  })
  .resume();
