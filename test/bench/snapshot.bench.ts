/**
 * CPU time of the agent's snapshot of 10,000 sockets, against `ss -tanH` in the same run. Prints medians, the ratio and
 * its limit, and exits with 1 above the limit. With half of them on IPv6 there is no limit, only the figure: the kernel
 * walks its whole hash for each of the two tables, and a C program that does nothing but read them takes 1.45 × ss.
 * Needs root: the sockets stand in a network namespace of their own.
 *
 * Run with `node test/bench/snapshot.bench.ts`; it starts itself again in the roles `inside` and `hold`.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import { createSampler } from "@portolan/agent";

const SOCKETS = 10_000;
const LIMIT = 1.5;
const WARM_UPS = 5;
const ROUNDS = 25;
const SELF = import.meta.filename;

const print = (text: string): boolean => process.stdout.write(`${text}\n`);

async function main(role: string | undefined, families = ""): Promise<number> {
  if (role === "hold") return hold(families === "IPv4" ? ["127.0.0.1"] : ["127.0.0.1", "::1"]);
  if (role === "inside") return measure(families);
  if (process.getuid?.() !== 0) {
    print("snapshot: needs root, to make a network namespace (unshare -n)");
    return 1;
  }
  const statuses = ["IPv4", "IPv4 and IPv6"].map((each) => {
    // Each in a namespace of its own: closed sockets would stand in TIME_WAIT beside the next ones.
    return spawnSync("unshare", ["-n", process.execPath, SELF, "inside", each], { stdio: "inherit" }).status;
  });
  return statuses.every((status) => status === 0) ? 0 : 1;
}

/** Opens the sockets, says so, and stands until standard input ends. */
async function hold(addresses: readonly string[]): Promise<number> {
  const accepted: Socket[] = [];
  const opened: Socket[] = [];
  const servers = addresses.map((address) =>
    createServer((socket) => accepted.push(socket)).listen(7000, address, 1024),
  );
  await Promise.all(servers.map((server) => once(server, "listening")));
  while (opened.length < SOCKETS / 2) {
    const batch = Array.from({ length: 100 }, (_, index) => connect(7000, addresses[index % addresses.length]));
    await Promise.all(batch.map((socket) => once(socket, "connect")));
    opened.push(...batch);
  }
  while (accepted.length < opened.length) await new Promise(setImmediate);
  print("ready");
  process.stdin.resume();
  await once(process.stdin, "end");
  for (const socket of [...opened, ...accepted]) socket.destroy();
  for (const server of servers) server.close();
  return 0;
}

async function measure(families: string): Promise<number> {
  const up = spawnSync("ip", ["link", "set", "lo", "up"], { stdio: "inherit" });
  if (up.status !== 0) return 1;
  const holder = spawn(process.execPath, [SELF, "hold", families], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    await once(holder.stdout, "data");
    return await compare(families);
  } finally {
    holder.stdin.end();
    await once(holder, "exit");
  }
}

async function compare(families: string): Promise<number> {
  const sampler = await createSampler();
  const snapshotMs: number[] = [];
  const ssMs: number[] = [];
  let first = 0;
  let rows = 0;
  for (let round = 0; round < WARM_UPS + ROUNDS; round++) {
    const before = process.cpuUsage();
    const { observations } = await sampler.sample();
    const { user, system } = process.cpuUsage(before);
    const milliseconds = (user + system) / 1000;
    rows = observations.filter((row) => row.process !== undefined).length;
    if (round === 0) first = milliseconds;
    if (round < WARM_UPS) continue;
    snapshotMs.push(milliseconds);
    ssMs.push(cpuMsOfSs());
  }
  await sampler.close();
  if (rows < SOCKETS) {
    print(`snapshot: ${rows} sockets with a process seen, expected ${SOCKETS}`);
    return 1;
  }
  const ratio = median(snapshotMs) / median(ssMs);
  print(`snapshot of ${rows} sockets (${families}), CPU ms, median of ${ROUNDS}`);
  print(
    `  agent, with processes  ${median(snapshotMs).toFixed(1)}  (the first, which looks for them: ${first.toFixed(1)})`,
  );
  print(`  ss -tanH               ${median(ssMs).toFixed(1)}`);
  const limit = families === "IPv4" ? LIMIT : undefined;
  print(`  ratio                  ${ratio.toFixed(2)}  (${limit === undefined ? "no limit" : `limit ${limit}`})`);
  return limit === undefined || ratio <= limit ? 0 : 1;
}

/** User and system time of one `ss -tanH`, as the shell's `time` gives it. */
function cpuMsOfSs(): number {
  const script = "TIMEFORMAT='%3U %3S'; time ss -tanH > /dev/null";
  const { stderr } = spawnSync("bash", ["--norc", "-c", script], {
    encoding: "utf8",
    env: { LC_ALL: "C", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
  });
  const [user = Number.NaN, system = Number.NaN] = stderr.trim().split(" ").map(Number);
  return (user + system) * 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

process.exitCode = await main(process.argv[2], process.argv[3]);
