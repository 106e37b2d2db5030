import { readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createFlowTable } from "./flows/flow-table.ts";
import { createObserver } from "./observer.ts";
import { createSampler } from "./sampling/linux/index.ts";
import { createSocketStates } from "./sampling/linux/socket-states.ts";
import { createSyntheticProc } from "./sampling/linux/synthetic-proc.ts";
import type { ConnectionEvent, Sampler } from "./sampling/sampler.ts";

/** 24 hours of a host whose sockets, processes and connections come and go, under a clock that runs ahead. SYNTHETIC. */
const LOOK_MS = 15_000;
const LOOKS = (24 * 3600 * 1000) / LOOK_MS;
const PER_LOOK = 40;
const GROWTH_MB = 4;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const heapMb = (): number => {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
};
const descriptors = (): number => readdirSync("/proc/self/fd").length;

let proc: ReturnType<typeof createSyntheticProc>;
beforeEach(() => {
  proc = createSyntheticProc();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 21) });
});
afterEach(() => {
  vi.useRealTimers();
  proc.remove();
});

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, "0");

const row = (index: number, remote: string, state: string, inode: number): string =>
  `${String(index).padStart(4)}: 0100000A:1538 ${remote} ${state} 00000000:00000000 00:00000000 00000000  1001        0 ${inode} 1 0 20 0 0 10 -1`;

/** Rows of one listener and of connections of this look, each with an inode of its own. */
function table(look: number): string {
  const rows = Array.from({ length: 5 }, (_, index) =>
    row(
      index + 1,
      `${hex((look * 5 + index) % 60_000, 4)}000A:${hex(40_000 + (look % 20_000), 4)}`,
      "01",
      50_000 + look * 5 + index,
    ),
  );
  return ["  sl  local_address", row(0, "00000000:0000", "0A", 34_555), ...rows, ""].join("\n");
}

function events(look: number, at: number): ConnectionEvent[] {
  return Array.from({ length: PER_LOOK }, (_, index) => {
    const ends = {
      at,
      protocol: "tcp",
      localAddress: "10.0.0.1",
      localPort: 5432,
      remoteAddress: `10.${look % 200}.0.${index + 1}`,
      remotePort: 1024 + ((look * PER_LOOK + index) % 60_000),
      direction: "inbound",
    } as const;
    const opened = { ...ends, kind: "opened", source: "tracefs" } as const;
    return index % 2 === 0
      ? [opened]
      : [opened, { ...ends, kind: "closed", source: "ss-events", bytesSent: 5 } as const];
  }).flat();
}

test("24 hours of churn leave memory and descriptors as they were", { timeout: 120_000 }, async () => {
  const real = createSampler({ procRoot: proc.root, passwdFile: proc.passwdFile });
  let look = 0;
  const sampler: Sampler = {
    async sample() {
      const pid = 100 + look;
      proc.write("net/tcp", table(look));
      proc.addProcess(pid, { name: "shop", executable: "/usr/bin/shop", argv: ["shop"], inodes: [50_000 + look * 5] });
      const snapshot = await real.sample();
      proc.removeProcess(pid);
      return { ...snapshot, events: events(look, snapshot.at), tellsOpenings: true, tellsFailures: true };
    },
    close: () => real.close(),
  };
  const observer = createObserver({ sampler, table: createFlowTable(), timeZone: "UTC", log: silent });
  const attempts = createSocketStates((pid) => pid);
  const change = { localAddress: new Uint8Array(4), localPort: 0, remoteAddress: new Uint8Array(4), remotePort: 443 };
  const seen: { hour: number; heap: number; open: number }[] = [];
  let connections = 0;
  for (; look < LOOKS; look += 1) {
    vi.setSystemTime(Date.now() + LOOK_MS);
    // Attempts whose outcome the kernel dropped.
    attempts.follow({ ...change, socket: look, pid: look, oldState: 7, newState: 2 }, Date.now());
    attempts.sweep(Date.now());
    await observer.sample();
    if (look % 4 === 3)
      for (const { flows } of observer.drain()) for (const flow of flows) connections += flow.connections;
    const hour = ((look + 1) * LOOK_MS) / 3_600_000;
    if (hour === 2 || hour === 24) seen.push({ hour, heap: heapMb(), open: descriptors() });
  }
  await observer.close();
  // Those of events, and those that only the tables show.
  expect(connections).toBeGreaterThanOrEqual(LOOKS * PER_LOOK);
  const [early, late] = seen;
  expect(late?.open).toBe(early?.open);
  expect((late?.heap ?? Infinity) - (early?.heap ?? 0)).toBeLessThan(GROWTH_MB);
});
