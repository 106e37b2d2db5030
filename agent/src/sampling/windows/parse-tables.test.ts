import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseProcessList } from "./parse-process-list.ts";
import { parseServices } from "./parse-services.ts";
import { parseSid } from "../../windows/sid.ts";
import type { ParsedTable } from "./parse-table.ts";
import { parseTcpTable } from "./parse-tcp-table.ts";
import { parseUdpTable } from "./parse-udp-table.ts";
import {
  LISTEN,
  syntheticProcessList,
  syntheticServices,
  syntheticTcpTable,
  syntheticUdpTable,
} from "./synthetic-tables.ts";

const recorded: {
  pid: number;
  tcp4: string;
  tcp6: string;
  udp4: string;
  udp6: string;
  createdAt: string;
  processes: { base: string; bytes: string };
  services: { base: string; count: number; bytes: string };
} = JSON.parse(readFileSync(new URL("fixtures/recorded-wine-10.json", import.meta.url), "utf8"));

const decoded = (text: string): Buffer => Buffer.from(text, "base64");

function inShort({ rows }: ParsedTable): string[] {
  return rows.map(
    ({ observation: row, pid }) =>
      `${row.state} ${row.localAddress} ${row.localPort} ${row.remoteAddress} ${row.remotePort} pid ${pid}`,
  );
}

describe("recorded under Wine 10", () => {
  const { pid } = recorded;
  test("TCP: listeners and both ends of loopback connections, IPv4-mapped ones as IPv4", () => {
    const ipv4 = parseTcpTable(decoded(recorded.tcp4), 4);
    expect(inShort(ipv4).sort()).toEqual([
      `established 127.0.0.1 40001 127.0.0.1 8080 pid ${pid}`,
      `established 127.0.0.1 40002 127.0.0.1 8081 pid ${pid}`,
      `established 127.0.0.1 8081 127.0.0.1 40002 pid ${pid}`,
      `listening 0.0.0.0 8081 0.0.0.0 0 pid ${pid}`,
    ]);
    const ipv6 = parseTcpTable(decoded(recorded.tcp6), 6);
    expect(inShort(ipv6).sort()).toEqual([
      `established 127.0.0.1 8080 127.0.0.1 40001 pid ${pid}`,
      `established ::1 40003 ::1 8080 pid ${pid}`,
      `established ::1 8080 ::1 40003 pid ${pid}`,
      `listening :: 8080 :: 0 pid ${pid}`,
    ]);
    expect([ipv4.lost, ipv6.lost]).toEqual([0, 0]);
  });

  test("Wine's closed rows without ports are there, and left out", () => {
    expect(decoded(recorded.tcp4).readUInt32LE(0)).toBeGreaterThan(30);
  });

  test("UDP", () => {
    expect(inShort(parseUdpTable(decoded(recorded.udp4), 4))).toContain(
      `unconnected 127.0.0.1 5353 0.0.0.0 0 pid ${pid}`,
    );
    expect(inShort(parseUdpTable(decoded(recorded.udp6), 6))).toContain(`unconnected :: 5354 :: 0 pid ${pid}`);
  });

  test("processes with names and creation times", () => {
    const { base, bytes } = recorded.processes;
    const processes = parseProcessList(decoded(bytes), BigInt(base));
    expect(processes.get(pid)).toEqual({ name: "node.exe", createdAt: BigInt(recorded.createdAt) });
    expect([...processes.values()].map(({ name }) => name)).toContain("services.exe");
  });

  test("services by their process", () => {
    const { base, count, bytes } = recorded.services;
    const services = parseServices(decoded(bytes), count, BigInt(base));
    expect([...services.values()].flat().sort()).toContain("Eventlog");
    expect([...services.values()].flat()).toHaveLength(count);
  });
});

describe("synthetic tables", () => {
  const own = [10, 1, 2, 3];
  test("every state that a connection has, by its number", () => {
    const states = Array.from({ length: 12 }, (_, index) => index + 1);
    const table = parseTcpTable(
      syntheticTcpTable(
        4,
        states.map((state) => ({ state, local: own, localPort: state, pid: 1 })),
      ),
      4,
    );
    expect(table.rows.map(({ observation: { localPort, state } }) => `${localPort} ${state}`)).toEqual([
      "2 listening",
      "3 syn-sent",
      "4 syn-received",
      "5 established",
      "6 fin-wait-1",
      "7 fin-wait-2",
      "8 close-wait",
      "9 closing",
      "10 last-ack",
      "11 time-wait",
    ]);
    expect(table.lost).toBe(0);
  });

  test("a state that nobody knows, and rows that are not there, are counted as lost", () => {
    const socket = { local: own, localPort: 80, pid: 1 };
    const unknown = syntheticTcpTable(4, [{ ...socket, state: 77 }, socket]);
    expect(parseTcpTable(unknown, 4)).toMatchObject({ lost: 1, rows: [{ pid: 1 }] });
    const cut = syntheticTcpTable(4, [socket, socket, socket]).subarray(0, 4 + 24 + 23);
    expect(parseTcpTable(cut, 4)).toMatchObject({ lost: 2, rows: [{ pid: 1 }] });
    expect(parseTcpTable(Buffer.alloc(0), 4)).toEqual({ lost: 0, rows: [] });
  });

  test("what a listener's remote end holds is no peer", () => {
    const socket = { state: LISTEN, local: own, localPort: 80, remote: [1, 2, 3, 4], remotePort: 5, pid: 1 };
    expect(inShort(parseTcpTable(syntheticTcpTable(4, [socket]), 4))).toEqual([
      "listening 10.1.2.3 80 0.0.0.0 0 pid 1",
    ]);
  });

  test("IPv6 addresses are spelled as RFC 5952 says, whatever their scope", () => {
    const local = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xab, 0xcd, 0, 1];
    const mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 9, 8, 7];
    const table = syntheticTcpTable(6, [{ local, localPort: 443, remote: mapped, remotePort: 50_000, pid: 9 }]);
    expect(inShort(parseTcpTable(table, 6))).toEqual(["established fe80::abcd:1 443 10.9.8.7 50000 pid 9"]);
    expect(inShort(parseUdpTable(syntheticUdpTable(6, [{ local: mapped, localPort: 53, pid: 9 }]), 6))).toEqual([
      "unconnected 10.9.8.7 53 0.0.0.0 0 pid 9",
    ]);
  });

  test("processes: the idle one has no name, and a list that is cut off keeps what it holds", () => {
    const base = 0x1234_5678_0000n;
    const list = syntheticProcessList(base, [
      { pid: 0, name: "", createdAt: 0n },
      { pid: 4, name: "System", createdAt: 5n },
      { pid: 70_000, name: "서비스.exe", createdAt: 132_000_000_000_000_000n },
    ]);
    expect([...parseProcessList(list, base)]).toEqual([
      [0, { name: "", createdAt: 0n }],
      [4, { name: "System", createdAt: 5n }],
      [70_000, { name: "서비스.exe", createdAt: 132_000_000_000_000_000n }],
    ]);
    expect(parseProcessList(list.subarray(0, 400), base).size).toBe(1);
  });

  test("services of one process are told together, in order", () => {
    const bytes = syntheticServices(64n, [
      { name: "W32Time", pid: 900 },
      { name: "Dhcp", pid: 900 },
      { name: "Größe", pid: 4 },
      { name: "Stopped", pid: 0 },
    ]);
    expect([...parseServices(bytes, 4, 64n)]).toEqual([
      [900, ["Dhcp", "W32Time"]],
      [4, ["Größe"]],
    ]);
    expect(parseServices(bytes.subarray(0, 100), 4, 64n).size).toBe(0);
  });

  test("SIDs", () => {
    expect(parseSid(Buffer.from([1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]))).toBe("S-1-5-18");
    expect(parseSid(Buffer.from([1, 2, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]))).toBeUndefined();
    expect(parseSid(Buffer.alloc(0))).toBeUndefined();
  });
});
