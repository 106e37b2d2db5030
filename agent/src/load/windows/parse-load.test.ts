import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { leadingOut } from "./leading-out.ts";
import {
  DISK_PERFORMANCE_BYTES,
  parseBytesWritten,
  parseInterfaceTable,
  parseSystemTimes,
  ROW_BYTES,
} from "./parse-load.ts";

const recorded: { ifTable: string } = JSON.parse(
  readFileSync(new URL("fixtures/wine-10.json", import.meta.url), "utf8"),
);
const table = Buffer.from(recorded.ifTable, "base64");

const time = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
};

interface SyntheticRow {
  name: string;
  flags?: number;
  type?: number;
  bytes?: [bytesIn: bigint, bytesOut: bigint];
}

/** SYNTHETIC: what GetIfTable2 would give. */
function syntheticTable(rows: readonly SyntheticRow[]): Buffer {
  const bytes = Buffer.alloc(8 + rows.length * ROW_BYTES);
  bytes.writeUInt32LE(rows.length);
  for (const [index, { name, flags = 0, type = 6, bytes: [bytesIn, bytesOut] = [1n, 2n] }] of rows.entries()) {
    const at = 8 + index * ROW_BYTES;
    bytes.write(name, at + 28, "utf16le");
    bytes.writeUInt32LE(type, at + 1128);
    bytes.writeUInt8(flags, at + 1152);
    bytes.writeBigUInt64LE(bytesIn, at + 1208);
    bytes.writeBigUInt64LE(bytesOut, at + 1280);
  }
  return bytes;
}

describe("interfaces", () => {
  test("as recorded under Wine 10", () => {
    const { rows, lost } = parseInterfaceTable(table);
    expect(lost).toBe(0);
    expect(rows.map(({ name, isLoopback }) => [name, isLoopback])).toEqual(
      expect.arrayContaining([
        ["lo", true],
        ["eth0", false],
      ]),
    );
    expect([...leadingOut(rows).keys()].sort()).toEqual(["eth0", "peer0"]);
  });

  test("cards count once: not what is made of them, no filters, no loopback", () => {
    const { rows } = parseInterfaceTable(
      syntheticTable([
        { name: "이더넷", flags: 0x1, bytes: [2n ** 40n, 7n] },
        { name: "이더넷-QoS Packet Scheduler-0000", flags: 0x2 },
        { name: "Team1" },
        { name: "vEthernet (nat)" },
        { name: "Loopback Pseudo-Interface 1", type: 24 },
      ]),
    );
    expect([...leadingOut(rows)]).toEqual([["이더넷", { bytesIn: 2 ** 40, bytesOut: 7 }]]);
    expect([...leadingOut(rows.slice(1)).keys()]).toEqual(["Team1"]);
  });

  test("rows that are announced and not there are counted", () => {
    const cut = syntheticTable([{ name: "a" }, { name: "b" }]).subarray(0, 8 + ROW_BYTES + 100);
    expect(parseInterfaceTable(cut)).toMatchObject({ rows: [{ name: "a" }], lost: 1 });
  });
});

test("the kernel's time includes the idle one", () => {
  expect(parseSystemTimes(time(60n), time(70n), time(30n))).toEqual({ busy: 40, total: 100 });
});

test("bytes written stand behind those read; a short answer says nothing", () => {
  const answer = Buffer.alloc(DISK_PERFORMANCE_BYTES);
  answer.writeBigUInt64LE(5n, 0);
  answer.writeBigUInt64LE(4096n, 8);
  expect(parseBytesWritten(answer)).toBe(4096);
  expect(parseBytesWritten(answer.subarray(0, 40))).toBeUndefined();
});

test("any bytes give rows that are there", () => {
  const damaged = fc
    .tuple(fc.array(fc.tuple(fc.nat(table.length - 1), fc.nat(255)), { maxLength: 8 }), fc.nat(table.length))
    .map(([edits, cut]) => {
      const copy = Buffer.from(table.subarray(0, cut));
      for (const [at, byte] of edits) if (at < cut) copy[at] = byte;
      return copy;
    });
  fc.assert(
    fc.property(
      fc.oneof(
        damaged,
        fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
      ),
      (bytes) => {
        const { rows, lost } = parseInterfaceTable(bytes);
        expect(rows.length).toBeLessThanOrEqual(bytes.length / ROW_BYTES);
        expect(lost).toBeGreaterThanOrEqual(0);
        expect(rows.every(({ name }) => name.isWellFormed() && name.length <= 257)).toBe(true);
      },
    ),
    { numRuns: 2000, seed: 20_261_121 },
  );
});
