/**
 * SYNTHETIC agents, many in one process: each has a TLS connection of its own that it keeps, at most one report under
 * way, and sends what is not answered again, as agents do. The parent asks for a phase and gets figures back.
 */
import { Agent, request } from "node:https";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";

export interface LoadSettings {
  url: string;
  ca: string;
  agents: number;
}

/** Reports at a fixed rate, agent after agent, whatever the answers do. */
export interface LoadPhase {
  reports: number;
  perSecond: number;
  /** First report's number of each agent in this phase. */
  from: number;
}

export interface LoadFigures {
  /** Reports answered with 200. */
  answered: number;
  /** Answers other than 200, by status; a connection that ended counts as 0. Each was sent again. */
  refused: Record<string, number>;
  /** Milliseconds from when a report was due to its answer, sorted. */
  times: number[];
  cpuSeconds: number;
  seconds: number;
}

export const FLOWS_PER_REPORT = 40;
const EPOCH = "0123456789abcdef";
/** How long a simulated agent waits where the collector names no time. */
const RETRY_MS = 1000;
const PORTS = [443, 1433, 5432, 8443];

const address = (host: number) => `10.${64 + (host >> 16)}.${(host >> 8) & 255}.${host & 255}`;
const iso = (at: number) => new Date(at).toISOString();

/** Ten callers and ten called, each by two processes; both ends report, so ten dependencies for each agent. */
function body(agent: number, agents: number, number: number): Buffer {
  const from = Date.now() - 60_000;
  const [first, last] = [iso(from), iso(from + 45_000)];
  const flows = Array.from({ length: FLOWS_PER_REPORT }, (_, index) => {
    const distance = 1 + (index % 10);
    const isOutbound = index % 20 < 10;
    const peer = (agent + (isOutbound ? distance : agents - distance)) % agents;
    return {
      protocol: "tcp",
      direction: isOutbound ? "outbound" : "inbound",
      localAddress: address(agent),
      remoteAddress: address(peer),
      serverPort: PORTS[distance % 4],
      process: index < 20 ? 0 : 1,
      connections: 1,
      firstSeen: first,
      lastSeen: last,
      sources: ["proc-net"],
    };
  });
  const report = {
    protocolVersion: 1,
    agent: { id: `a${agent}`, version: "0.1.0" },
    sequence: { epoch: EPOCH, number },
    window: { from: first, to: iso(from + 60_000) },
    sentAt: iso(from + 60_000),
    timeZone: "UTC",
    sources: [{ name: "proc-net", ok: true, observations: 80, lost: 0, gapMs: 0, cpuMs: 1, blindTo: [] }],
    ...(number === 1 && { host: hostFacts(agent) }),
    processes: [
      { name: "synthetic-app", user: "app" },
      { name: "synthetic-web", user: "www" },
    ],
    flows,
  };
  return gzipSync(JSON.stringify(report));
}

function hostFacts(agent: number) {
  return {
    hostname: `synthetic-${agent}`,
    os: { family: "linux", name: "synthetic", architecture: "x86_64" },
    cpu: { cores: 2, logicalCores: 4 },
    memoryBytes: 8e9,
    disks: [],
    interfaces: [{ name: "eth0", hostLocal: false, addresses: [{ address: address(agent), prefix: 10 }] }],
  };
}

function generator({ url, ca, agents }: LoadSettings) {
  const { hostname, port } = new URL(url);
  const connections = Array.from({ length: agents }, () => new Agent({ keepAlive: true, maxSockets: 1, ca }));
  const last = connections.map(() => Promise.resolve());

  /** Status and seconds to wait. */
  function post(agent: number, packed: Buffer): Promise<{ status: number; retryAfterMs: number }> {
    return new Promise((resolve) => {
      const outgoing = request({
        host: hostname,
        port,
        method: "POST",
        path: "/api/v1/reports",
        agent: connections[agent],
        headers: {
          authorization: `Bearer s${agent}`,
          "content-type": "application/json",
          "content-encoding": "gzip",
          "content-length": packed.length,
        },
      });
      outgoing.on("error", () => resolve({ status: 0, retryAfterMs: RETRY_MS }));
      outgoing.on("response", (response) => {
        response.resume();
        response.on("error", () => resolve({ status: 0, retryAfterMs: RETRY_MS }));
        response.on("end", () => {
          const wait = Number(response.headers["retry-after"] ?? 0) * 1000;
          resolve({ status: response.statusCode ?? 0, retryAfterMs: wait || RETRY_MS });
        });
      });
      outgoing.end(packed);
    });
  }

  async function run({ reports, perSecond, from }: LoadPhase): Promise<LoadFigures> {
    const figures: LoadFigures = { answered: 0, refused: {}, times: [], cpuSeconds: 0, seconds: 0 };
    const cpu = process.cpuUsage();
    const start = performance.now();
    async function deliver(agent: number, number: number, due: number): Promise<void> {
      const packed = body(agent, agents, number);
      for (;;) {
        const { status, retryAfterMs } = await post(agent, packed);
        if (status === 200) break;
        figures.refused[status] = (figures.refused[status] ?? 0) + 1;
        // Spread, as agents do.
        await sleep(retryAfterMs * (1 + ((agent * 7919) % 1000) / 1000));
      }
      figures.answered += 1;
      figures.times.push(performance.now() - due);
    }
    for (let sent = 0; sent < reports; sent += 1) {
      const due = start + (sent * 1000) / perSecond;
      const wait = due - performance.now();
      if (wait > 1) await sleep(wait);
      const agent = sent % agents;
      const number = from + Math.floor(sent / agents);
      last[agent] = (last[agent] ?? Promise.resolve()).then(() => deliver(agent, number, due));
    }
    await Promise.all(last);
    const { user, system } = process.cpuUsage(cpu);
    figures.cpuSeconds = (user + system) / 1e6;
    figures.seconds = (performance.now() - start) / 1000;
    figures.times.sort((a, b) => a - b);
    return figures;
  }

  return { run };
}

let running: ReturnType<typeof generator> | undefined;
process.on("message", async (message: LoadSettings | LoadPhase) => {
  if ("url" in message) running = generator(message);
  else if (running) process.send?.(await running.run(message));
});
process.on("disconnect", () => process.exit());
