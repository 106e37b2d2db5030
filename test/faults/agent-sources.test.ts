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

// While SYNTHETIC traffic runs over real sockets, `ss`, the agent and the collector are killed, stopped and starved in turn.
// Each fault has a port of its own, so that what it cost is seen apart from the others.

const PORTS = { quiet: 9001, killed: 9002, stopped: 9003, starved: 9004, agentStopped: 9005, agentKilled: 9006 };
const COLLECTOR_PORTS = { collectorStopped: 9007, collectorKilled: 9008 };
const ALL = { ...PORTS, ...COLLECTOR_PORTS };
type Phase = keyof typeof ALL;
const CALLS = 60;
/** More than the megabyte that ss lets the kernel queue. */
const BURST = 4000;
const PHASE_MS = 5000;

const SERVER = `
  for (const port of ${JSON.stringify(Object.values(ALL))})
    require("node:net").createServer((socket) => socket.on("error", () => {}).once("data", (wish) => {
      socket.write("ok");
      if (String(wish) === "s") setTimeout(() => socket.end(), 5);
    })).listen(port, "0.0.0.0", 4096);`;
/** Half of the connections are closed by each end. Prints how many were made. */
const CLIENT = `
  const [address, port, calls, ms] = process.argv.slice(1);
  let made = 0, over = 0;
  for (let call = 0; call < calls; call += 1)
    setTimeout(() => {
      const wish = call % 2 === 0 ? "s" : "c";
      const socket = require("node:net").connect(port, address, () => socket.write(wish));
      socket.once("data", () => { made += 1; if (wish === "c") setTimeout(() => socket.end(), 5); });
      socket.on("error", () => {}).on("close", () => { over += 1; if (over === Number(calls)) console.log(made); });
    }, (ms * call) / calls);`;

interface Status {
  sources: { name: string; ok: boolean; gapMs: number; reason?: string }[];
}

/** The gap as the agent's last regular look tells it; it looked at once, too, but says in its status file only this. */
const tellsGap = ({ sources }: Status, word: RegExp): boolean =>
  sources.some(({ name, gapMs, reason = "" }) => name === "ss-events" && gapMs > 0 && word.test(reason));

const statusOf = (host: Host) =>
  JSON.parse(readFileSync(join(host.stateDir, "agent", "status.json"), "utf8")) as Status;

async function signal(pids: Promise<number[]>, name: NodeJS.Signals): Promise<void> {
  for (const pid of await pids) process.kill(pid, name);
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
  const agentOf = (host: Host) => programs(host, /^\S*node \S*agent\/src\/main\.ts run/);
  const traffic = async (phase: Phase, calls = CALLS, ms = PHASE_MS): Promise<void> => {
    const run = [process.execPath, "-e", CLIENT, server.address, String(ALL[phase]), String(calls), String(ms)];
    expect((await client.exec(run)).stdout).toBe(`${calls}\n`);
  };

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
    await server.waitForListener(ALL.collectorKilled);
    agents = await Promise.all([client, server].map((host) => startAgent(host, token)));
    await traffic("quiet");

    // ss is killed: the gap is told, and it comes again.
    let running = traffic("killed");
    await sleep(PHASE_MS / 2);
    await signal(ssOf(client), "SIGKILL");
    await vi.waitFor(() => expect(tellsGap(statusOf(client), /SIGKILL|137/)).toBe(true), { timeout: 8000 });
    await running;
    await vi.waitFor(async () => expect(await ssOf(client)).toHaveLength(1), { timeout: 5000 });

    // ss is stopped: the kernel keeps what it has to tell.
    running = traffic("stopped");
    await signal(ssOf(client), "SIGSTOP");
    await running;
    await signal(ssOf(client), "SIGCONT");

    running = traffic("agentStopped");
    await signal(agentOf(client), "SIGSTOP");
    await running;
    await signal(agentOf(client), "SIGCONT");

    running = traffic("collectorStopped");
    await signal(programs(collectorHost, /main\.ts serve/), "SIGSTOP");
    await running;
    await signal(programs(collectorHost, /main\.ts serve/), "SIGCONT");

    running = traffic("collectorKilled");
    await collector.stop("SIGKILL");
    await running;
    collector = await startCollector(collectorHost, data);

    const list = async <T>(what: string): Promise<T[]> =>
      (JSON.parse(await portolan(collectorHost, what, "--json", "--data", data)) as { items: T[] }).items;
    // KNOWN FAULT: an agent that was killed counts TIME_WAIT of the minute before again where its first reading missed it.
    // What the faults before came to is asked before, when everything was reported.
    await sleep(12_000);
    const before = await list<ReportedFlow>("flows");
    const dependenciesBefore = await list<ReportedDependency>("dependencies");
    running = traffic("agentKilled");
    await sleep(PHASE_MS / 2);
    await agents[0]?.stop("SIGKILL");
    agents[0] = await runAgent(client);
    await running;
    await sleep(1000);
    seen["ss of the killed agent that are left"] = (await ssOf(client)).length - 1;

    // ss is starved at both ends until the kernel's queue overruns.
    for (const host of [client, server]) await signal(ssOf(host), "SIGSTOP");
    await traffic("starved", BURST, 4000);
    for (const host of [client, server]) await signal(ssOf(host), "SIGCONT");
    for (const host of [client, server])
      await vi.waitFor(() => expect(tellsGap(statusOf(host), /255/), host.name).toBe(true), { timeout: 8000 });
    await vi.waitFor(async () => expect(await ssOf(client)).toHaveLength(1), { timeout: 10_000 });
    await vi.waitFor(async () => expect(await ssOf(server)).toHaveLength(1), { timeout: 10_000 });

    await Promise.all([client, server].map((host, index) => stopAgent(host, agents[index] as HostProcess)));
    const isLate = ({ serverPort }: { serverPort: number }): boolean =>
      serverPort === ALL.agentKilled || serverPort === ALL.starved;
    flows = [...before.filter((flow) => !isLate(flow)), ...(await list<ReportedFlow>("flows")).filter(isLate)];
    const after = await list<ReportedDependency>("dependencies");
    dependencies = [...dependenciesBefore.filter((one) => !isLate(one)), ...after.filter(isLate)];
    await stopCollector(collectorHost, collector);
    process.stdout.write(`${JSON.stringify(seen)}\n`);
  }, 200_000);
  afterAll(() => estate?.close());

  const counted = (phase: Phase, end: "client" | "server"): number =>
    flows
      .filter(({ serverPort, seenFrom }) => serverPort === ALL[phase] && seenFrom === end)
      .reduce((sum, { connections }) => sum + connections, 0);
  const dependencyOf = (phase: Phase) => dependencies.filter(({ serverPort }) => serverPort === ALL[phase]);

  test.each<Phase>(["quiet", "stopped", "agentStopped", "collectorStopped", "collectorKilled"])(
    "%s: each end by itself counts all, once",
    (phase) => {
      expect([counted(phase, "client"), counted(phase, "server")]).toEqual([CALLS, CALLS]);
      expect(dependencyOf(phase)).toMatchObject([{ connections: CALLS }]);
    },
  );

  test.each<Phase>(["killed", "agentKilled"])("%s: what one end missed, the other counted", (phase) => {
    expect(counted(phase, "server")).toBe(CALLS);
    expect(counted(phase, "client")).toBeLessThanOrEqual(CALLS);
    expect(dependencyOf(phase)).toMatchObject([{ connections: CALLS }]);
  });

  test("while ss is away, the end that closed first counts by its TIME_WAIT", () => {
    expect(counted("killed", "client")).toBeGreaterThanOrEqual(CALLS / 2);
  });

  test("starved at both ends: the dependency is seen, nothing counts twice, and the count is called a lower bound", () => {
    const [{ connections, lowerBound } = { connections: 0, lowerBound: false }] = dependencyOf("starved");
    // One reading of a table of thousands that changes meanwhile misses some: the next ones show them.
    expect(connections).toBeGreaterThan(BURST / 4);
    expect(connections).toBeLessThanOrEqual(BURST);
    expect(lowerBound).toBe(true);
    process.stdout.write(`starved: ${counted("starved", "client")} and ${counted("starved", "server")} of ${BURST}\n`);
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
