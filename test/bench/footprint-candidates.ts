/** Programs that are weighed beside each other: their memory, and the CPU of them and of their children. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cpuSecondsOf } from "./cpu-time.ts";

export interface Candidate {
  name: string;
  child: ChildProcess;
  pid: number;
  peakRssMb: number;
}

const NODE_EXPORTER_PORT = 19_100;
/** USER_HZ, in which /proc/PID/stat counts. */
const TICKS_PER_SECOND = 100;

/** Megabytes of 2^20 bytes, as the goal and the dependency notes mean them. */
export function memoryMb(pid: number): { rss: number; privateMemory: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kilobytes = (pattern: RegExp): number =>
    [...text.matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0);
  return { rss: kilobytes(/^Rss:\s+(\d+)/gm) / 1024, privateMemory: kilobytes(/^Private_\w+:\s+(\d+)/gm) / 1024 };
}

export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

/** Of the process, its children that run, and those that have ended. */
export function cpuMsWithChildren(pid: number): number {
  // Fields 16 and 17, counted behind the name, which may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  const ended = (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
  return 1000 * (cpuSecondsOf(pid) + ended + childrenOf(pid).reduce((sum, child) => sum + cpuSecondsOf(child), 0));
}

const isInstalled = (command: string): boolean => spawnSync(command, ["-h"], { stdio: "ignore" }).error === undefined;

/** Well-known monitors that are installed here, each told to count TCP connections every 15 s. */
export function startPeers(root: string, begin: (name: string, command: string, args: string[]) => Candidate) {
  const peers: Candidate[] = [];
  if (isInstalled("collectd")) {
    const config = join(root, "collectd.conf");
    writeFileSync(
      config,
      `BaseDir "${root}"\nPIDFile "${root}/collectd.pid"\nInterval 15\nLoadPlugin tcpconns\n<Plugin tcpconns>\n  ListeningPorts true\n  AllPortsSummary true\n</Plugin>\n`,
    );
    peers.push(begin("collectd tcpconns", "collectd", ["-f", "-C", config]));
  }
  if (isInstalled("prometheus-node-exporter")) {
    const listen = `--web.listen-address=127.0.0.1:${NODE_EXPORTER_PORT}`;
    peers.push(
      begin("node-exporter", "prometheus-node-exporter", [listen, "--collector.tcpstat", "--log.level=error"]),
    );
    // From a process of its own: to ask is no cost of the agent's.
    setInterval(() => {
      spawn("curl", ["-s", "-o", "/dev/null", `http://127.0.0.1:${NODE_EXPORTER_PORT}/metrics`], { stdio: "ignore" });
    }, 15_000).unref();
  }
  if (isInstalled("netdata")) peers.push(begin("netdata", "netdata", ["-D", "-i", "127.0.0.1", "-p", "19999"]));
  return peers;
}

/** Lets it end by itself, for some seconds. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 8000);
  await closed;
  clearTimeout(timer);
}
