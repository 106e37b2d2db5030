import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { ReportedDependency, ReportedFlow } from "../e2e/answers.ts";
import { portolan, runAgent, startAgent, startCollector, stopAgent, stopCollector } from "../e2e/portolan.ts";
import { buildEstate, type Estate } from "../estate/estate.ts";
import type { Host } from "../estate/host.ts";
import type { HostProcess } from "../estate/host-process.ts";
import { command } from "../estate/command.ts";
import { describeInLab } from "../estate/requirements.ts";
import { whileStarvedOfCpu } from "./starve-of-cpu.ts";

// While SYNTHETIC traffic runs over real sockets, `ss`, the agent and the collector are killed, stopped and starved of CPU
// in turn. Each fault has a port of its own, so that what it cost is seen apart from the others.

const PORTS = {
  quiet: 9001,
  ssKilled: 9002,
  ssStopped: 9003,
  ssStarved: 9004,
  ssOverrun: 9005,
  agentKilled: 9006,
  agentStopped: 9007,
  agentStarved: 9008,
  collectorKilled: 9009,
  collectorStopped: 9010,
  collectorStarved: 9011,
};
type Phase = keyof typeof PORTS;
const CALLS = 60;
/** More than the megabyte that ss lets the kernel queue. */
const BURST = 4000;
const FIRST_PORT = 40_000;
const PHASE_MS = 5000;
/** A report each 10 s, and some time to make it in. */
const REPORTED_MS = 12_000;

const SERVER = `
  for (const port of ${JSON.stringify(Object.values(PORTS))})
    require("node:net").createServer((socket) => socket.on("error", () => {}).once("data", (wish) => {
      socket.write("ok");
      if (String(wish) === "s") setTimeout(() => socket.end(), 5);
    })).listen(port, "0.0.0.0", 4096);`;
/**
 * Half of the connections are closed by each end. Prints how many were made. No port is used twice, as the kernel would:
 * that takes the TIME_WAIT away by which the other end is to count.
 */
const CLIENT = `
  const [address, port, calls, ms] = process.argv.slice(1);
  let made = 0, over = 0;
  for (let call = 0; call < calls; call += 1)
    setTimeout(() => {
      const wish = call % 2 === 0 ? "s" : "c";
      const ends = { port, host: address, localPort: ${FIRST_PORT} + call };
      const socket = require("node:net").connect(ends, () => socket.write(wish));
      socket.once("data", () => { made += 1; if (wish === "c") setTimeout(() => socket.end(), 5); });
      socket.on("error", () => {}).on("close", () => { over += 1; if (over === Number(calls)) console.log(made); });
    }, (ms * call) / calls);`;

interface Status {
  sources: { name: string; ok: boolean; gapMs: number; reason?: string }[];
}

/** The gap as one of the agent's next looks tells it. */
const expectGap = (host: Host, word: RegExp): Promise<void> =>
  vi.waitFor(
    () => {
      const gap = {
        name: "ss-events",
        gapMs: expect.toSatisfy((ms: number) => ms > 0),
        reason: expect.stringMatching(word),
      };
      expect(statusOf(host).sources, host.name).toContainEqual(expect.objectContaining(gap));
    },
    { timeout: 8000 },
  );

const statusOf = (host: Host) =>
  JSON.parse(readFileSync(join(host.stateDir, "agent", "status.json"), "utf8")) as Status;

async function signal(pids: Promise<number[]>, name: NodeJS.Signals): Promise<void> {
  for (const pid of await pids) process.kill(pid, name);
}

/** The parent, too: `nsenter` stops itself when its program is stopped, and does not go on by itself. */
async function proceed(pids: Promise<number[]>): Promise<void> {
  for (const pid of await pids) for (const each of [parentOf(pid), pid]) process.kill(each, "SIGCONT");
}

/** proc(5): the second field behind the name. */
function parentOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1]);
}

/** The one process that was looked for: a fault that hits nobody proves nothing. */
async function only(pids: Promise<number[]>): Promise<number[]> {
  expect(await pids).toHaveLength(1);
  return pids;
}

describeInLab("faults of the agent's sources, of the agent and of the collector", () => {
  let estate: Estate | undefined;
  let client: Host;
  let server: Host;
  let collectorHost: Host;
  let data: string;
  let collector: HostProcess;
  let agents: HostProcess[];
  let flows: ReportedFlow[];
  let dependencies: ReportedDependency[];
  const seen: Record<string, number> = {};

  const programs = async (host: Host, pattern: RegExp): Promise<number[]> => {
    const pids = await command(["ip", "netns", "pids", `${estate?.runId}-host-${host.name}`]);
    return pids
      .split("\n")
      .filter((pid) => pid !== "" && pattern.test(commandLine(pid)))
      .map(Number);
  };
  const ssOf = (host: Host) => programs(host, /^ss -E/);
  // By the titles that they give themselves, which replace their command lines.
  const collectorOf = () => programs(collectorHost, /^portolan\s/);
  const agentOf = (host: Host) => programs(host, /^portolan-agent\s/);
  const traffic = async (phase: Phase, calls = CALLS, ms = PHASE_MS): Promise<void> => {
    const run = [process.execPath, "-e", CLIENT, server.address, String(PORTS[phase]), String(calls), String(ms)];
    expect((await client.exec(run)).stdout).toBe(`${calls}\n`);
  };

  const whileStopped = async (phase: Phase, found: Promise<number[]>): Promise<void> => {
    const pids = only(found);
    const running = pids.then(() => traffic(phase));
    await signal(pids, "SIGSTOP");
    await running;
    await proceed(pids);
  };
  const whileStarved = async (phase: Phase, found: Promise<number[]>): Promise<void> =>
    await whileStarvedOfCpu(estate?.runId ?? "", await only(found), () => traffic(phase));

  beforeAll(async () => {
    estate = await buildEstate({
      segments: [{ name: "lab", cidr: "10.93.1.0/24" }],
      hosts: ["collector", "client", "server"].map((name, index) => ({
        name,
        segment: "lab",
        address: `10.93.1.${index + 11}`,
      })),
    });
    [collectorHost, client, server] = estate.hosts as [Host, Host, Host];
    data = join(collectorHost.stateDir, "data");
    collector = await startCollector(collectorHost, data);
    const created = await portolan(
      collectorHost,
      "token",
      "create",
      "--kind",
      "enrolment",
      "--uses",
      "2",
      "--json",
      "--data",
      data,
    );
    const { token } = JSON.parse(created) as { token: string };
    server.spawn([process.execPath, "-e", SERVER], { log: "server.log" });
    await server.waitForListener(PORTS.collectorStarved);
    agents = await Promise.all([client, server].map((host) => startAgent(host, token)));
    const reserved = `${FIRST_PORT}-${FIRST_PORT + BURST - 1}`;
    await client.exec(["sysctl", "-qw", `net.ipv4.ip_local_reserved_ports=${reserved}`]);
    await traffic("quiet");

    // ss is killed: the gap is told, and it comes again.
    let running = traffic("ssKilled");
    await sleep(PHASE_MS / 2);
    await signal(only(ssOf(client)), "SIGKILL");
    await expectGap(client, /SIGKILL|137/);
    await running;
    await vi.waitFor(async () => expect(await ssOf(client)).toHaveLength(1), { timeout: 5000 });

    await whileStopped("ssStopped", ssOf(client));
    await whileStopped("agentStopped", agentOf(client));
    await whileStopped("collectorStopped", collectorOf());
    await whileStarved("ssStarved", ssOf(client));
    await whileStarved("agentStarved", agentOf(client));
    await whileStarved("collectorStarved", collectorOf());

    running = traffic("collectorKilled");
    await collector.stop("SIGKILL");
    await running;
    collector = await startCollector(collectorHost, data);

    const list = async <T>(what: string): Promise<T[]> =>
      (JSON.parse(await portolan(collectorHost, what, "--json", "--data", data)) as { items: T[] }).items;
    // What a killed agent had not reported is told by the other end only; of the faults before, each end is asked.
    await sleep(REPORTED_MS);
    running = traffic("agentKilled");
    await sleep(PHASE_MS / 2);
    await agents[0]?.stop("SIGKILL");
    agents[0] = await runAgent(client);
    await running;
    await sleep(1000);
    seen["ss of the killed agent that are left"] = (await ssOf(client)).length - 1;

    // ss is stopped at both ends until the kernel's queue overruns.
    for (const host of [client, server]) await signal(only(ssOf(host)), "SIGSTOP");
    await traffic("ssOverrun", BURST, 4000);
    for (const host of [client, server]) await proceed(ssOf(host));
    for (const host of [client, server]) await expectGap(host, /255/);
    await vi.waitFor(async () => expect(await ssOf(client)).toHaveLength(1), { timeout: 10_000 });
    await vi.waitFor(async () => expect(await ssOf(server)).toHaveLength(1), { timeout: 10_000 });

    await Promise.all([client, server].map((host, index) => stopAgent(host, agents[index] as HostProcess)));
    const reportedAt = Date.now();
    flows = await list<ReportedFlow>("flows");
    // Dependencies come from the last analysis, which may be a minute old where one takes long.
    await vi.waitFor(
      async () => {
        const coverage = await portolan(collectorHost, "coverage", "--json", "--data", data);
        const { asOf } = JSON.parse(coverage) as { asOf: string };
        expect(Date.parse(asOf)).toBeGreaterThanOrEqual(reportedAt);
      },
      { timeout: 90_000, interval: 2000 },
    );
    dependencies = await list<ReportedDependency>("dependencies");
    await stopCollector(collectorHost, collector);
  }, 290_000);
  afterAll(() => estate?.close());

  const counted = (phase: Phase, end: "client" | "server"): number =>
    flows
      .filter(({ serverPort, seenFrom }) => serverPort === PORTS[phase] && seenFrom === end)
      .reduce((sum, { connections }) => sum + connections, 0);
  const dependencyOf = (phase: Phase) => dependencies.filter(({ serverPort }) => serverPort === PORTS[phase]);

  test.each<Phase>([
    "quiet",
    "ssStopped",
    "agentStopped",
    "collectorStopped",
    "ssStarved",
    "agentStarved",
    "collectorStarved",
    "collectorKilled",
  ])("%s: each end by itself counts all, once", (phase) => {
    expect([counted(phase, "client"), counted(phase, "server")]).toEqual([CALLS, CALLS]);
    expect(dependencyOf(phase)).toMatchObject([{ connections: CALLS }]);
  });

  test.each<Phase>(["ssKilled", "agentKilled"])("%s: what one end missed, the other counted", (phase) => {
    expect(counted(phase, "server")).toBe(CALLS);
    expect(counted(phase, "client")).toBeLessThanOrEqual(CALLS);
    expect(dependencyOf(phase)).toMatchObject([{ connections: CALLS }]);
  });

  test("while ss is away, the end that closed first counts by its TIME_WAIT", () => {
    expect(counted("ssKilled", "client")).toBeGreaterThanOrEqual(CALLS / 2);
  });

  test("a killed agent's TIME_WAIT is counted by the next one, but for what began as it last looked", () => {
    expect(counted("agentKilled", "client")).toBeGreaterThanOrEqual(CALLS / 2 - 1);
  });

  test("overrun at both ends: each counts at least what it closed, nothing twice, and the count is called a lower bound", () => {
    const ends = [counted("ssOverrun", "client"), counted("ssOverrun", "server")];
    process.stdout.write(`overrun: ${ends.join(" and ")} of ${BURST}\n`);
    for (const count of ends) {
      expect(count).toBeGreaterThanOrEqual(BURST / 2);
      expect(count).toBeLessThanOrEqual(BURST);
    }
    expect(dependencyOf("ssOverrun")).toMatchObject([{ connections: Math.max(...ends), lowerBound: true }]);
  });

  test("no ss of a killed agent is left behind, and no report was refused", () => {
    expect(seen["ss of the killed agent that are left"]).toBe(0);
    for (const host of [client, server])
      expect(readdirSync(join(host.stateDir, "agent", "quarantine")).filter((name) => name.endsWith(".gz"))).toEqual(
        [],
      );
  });
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
