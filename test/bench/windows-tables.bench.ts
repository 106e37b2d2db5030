/**
 * CPU time of decoding a synthetic Windows table of 50,000 connections, IPv4 and IPv6, against reading the same bytes
 * as numbers and nothing else, in the same run. Prints medians and ratios, and exits with 1 above 100 ms.
 *
 * Run with `node test/bench/windows-tables.bench.ts`.
 */
import { parseTcpTable } from "@portolan/agent/windows-tables";

const ROWS = 50_000;
const LIMIT_MS = 100;
const ROUNDS = 25;
const ROW_BYTES = { 4: 24, 6: 56 } as const;
const ESTABLISHED = 5;

function main(): number {
  let isWithin = true;
  for (const family of [4, 6] as const) {
    const table = syntheticTable(family);
    const decode = medianMs(() => parseTcpTable(table, family).rows.length);
    const read = medianMs(() => sumOf(table));
    const verdict = decode <= LIMIT_MS ? "within" : "ABOVE";
    isWithin &&= decode <= LIMIT_MS;
    const figures = `decoded in ${decode.toFixed(1)} ms, its words read in ${read.toFixed(1)} ms: ${(decode / read).toFixed(1)} ×`;
    process.stdout.write(`IPv${family}: ${ROWS} rows ${figures}; ${verdict} the limit of ${LIMIT_MS} ms\n`);
  }
  return isWithin ? 0 : 1;
}

/** Every row another peer of one of 500 addresses, as on a busy server. */
function syntheticTable(family: 4 | 6): Buffer {
  const size = ROW_BYTES[family];
  const table = Buffer.alloc(4 + ROWS * size);
  table.writeUInt32LE(ROWS, 0);
  const [stateAt, localAt, localPortAt, remoteAt, remotePortAt, pidAt] =
    family === 4 ? [0, 4, 8, 12, 16, 20] : [48, 0, 20, 24, 44, 52];
  for (let index = 0; index < ROWS; index++) {
    const row = 4 + index * size;
    const last = family === 4 ? 0 : 12;
    table.writeUInt32LE(ESTABLISHED, row + stateAt);
    table.writeUInt32BE(0x0a010105, row + localAt + last);
    table.writeUInt16BE(443, row + localPortAt);
    table.writeUInt32BE(0x0a020000 + (index % 500), row + remoteAt + last);
    table.writeUInt16BE(1024 + (index % 60_000), row + remotePortAt);
    table.writeUInt32LE(4 * (1 + (index % 50)), row + pidAt);
    if (family === 6) for (const at of [localAt, remoteAt]) table.writeUInt32BE(0x20010db8, row + at);
  }
  return table;
}

function sumOf(table: Buffer): number {
  let sum = 0;
  for (let at = 0; at + 4 <= table.length; at += 4) sum = (sum + table.readUInt32LE(at)) >>> 0;
  return sum;
}

/** CPU time of this process, as others share the machine. */
function medianMs(run: () => number): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return times.sort((a, b) => a - b)[ROUNDS >> 1] ?? 0;
}

process.exitCode = main();
