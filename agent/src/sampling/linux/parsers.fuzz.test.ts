import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import * as fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, test } from "vitest";
import { createLineSplitter } from "./line-splitter.ts";
import { parseCgroup } from "./parse-cgroup.ts";
import { parseConntrack } from "./parse-conntrack.ts";
import { parsePasswd } from "./parse-passwd.ts";
import { parsePortRange } from "./parse-port-range.ts";
import { parseProcNet } from "./parse-proc-net.ts";
import { parseProcStat } from "./parse-proc-stat.ts";
import { parseSockstat } from "./parse-sockstat.ts";
import { parseSsEvents } from "./parse-ss-events.ts";
import { parseStatusProcess, parseStatusUser } from "./parse-status.ts";
import { parseTraceFormat } from "./parse-trace-format.ts";
import { parseTracePage } from "./parse-trace-page.ts";

/**
 * Real lines with bytes changed, put in, taken out, cut off and doubled: a parser gives nothing and counts that, or a
 * row that says what the line says, as a second and slower reading of the same line has it.
 */
const RUNS = { numRuns: 1500, seed: 20_261_121 };
const recorded = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), "latin1");

const edit = fc.record({
  at: fc.nat(100_000),
  kind: fc.constantFrom("change", "insert", "remove", "cut", "double"),
  text: fc.oneof(
    fc.constantFrom(" ", "\t", ":", "*", "0", "9", "F", "[", "]", "%", "=", ".", "\0", "\r", "\n"),
    fc.string({ maxLength: 3 }),
  ),
  length: fc.nat(30),
});

/** The text after some edits, each within one of its lines. */
const mutated = (text: string): fc.Arbitrary<string> =>
  fc.array(edit, { minLength: 1, maxLength: 6 }).map((edits) =>
    edits.reduce((before, { at, kind, text: put, length }) => {
      const from = at % Math.max(1, before.length);
      const [head, tail] = [before.slice(0, from), before.slice(from)];
      if (kind === "change") return head + put + tail.slice(put.length);
      if (kind === "insert") return head + put + tail;
      if (kind === "remove") return head + tail.slice(length);
      if (kind === "double") return head + tail.slice(0, length) + tail;
      const end = tail.indexOf("\n");
      return end === -1 ? head : head + tail.slice(end);
    }, text),
  );

/** One spelling of an address, IPv4-mapped ones as IPv4. */
const normal = (address: string): string =>
  isIP(address) === 0 ? address : ipaddr.process(address).toNormalizedString();
const isPort = (port: number): boolean => Number.isInteger(port) && port >= 0 && port <= 65_535;

/** What the kernel's hexadecimal words of an address say. */
const addressOf = (hex: string): string => {
  const bytes = [...hex.matchAll(/.{8}/g)].flatMap(([word]) => [...Buffer.from(word, "hex")].toReversed());
  const address = ipaddr.fromByteArray(bytes);
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) return address.toIPv4Address().toString();
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
};

/** What a line of ss says of an end, by another way than the parser's. */
const ends = (word = ""): { address: string; port: number | undefined } | undefined => {
  const colon = word.lastIndexOf(":");
  const port = word.slice(colon + 1);
  const address = word.slice(0, colon).replaceAll(/[[\]]|%[^\]]*/g, "");
  if (isIP(address) === 0 || !(port === "*" || /^\d{1,5}$/.test(port))) return undefined;
  return { address: normal(address), port: port === "*" ? undefined : Number(port) };
};

describe("/proc/net", () => {
  test.each(["tcp", "tcp6", "udp", "udp6"] as const)("%s", (file) => {
    const protocol = file.startsWith("tcp") ? "tcp" : "udp";
    const [header = "", ...lines] = recorded(`recorded/net/${file}`).split("\n");
    fc.assert(
      fc.property(mutated(lines.join("\n")), (body) => {
        const text = `${header}\n${body}`;
        const { observations, lost } = parseProcNet(Buffer.from(text, "latin1"), protocol);
        const rows = body.replace(/\n$/, "").split("\n");
        expect(observations.length + lost).toBe(body === "" ? 0 : rows.length);
        const said = rows.map((row) => row.trim().split(/ +/));
        for (const { localAddress, localPort, remoteAddress, remotePort, inode } of observations) {
          const index = said.findIndex(([, local, remote, , , , , , , number]) => {
            const [localHex = "", localPortHex = ""] = local?.split(":") ?? [];
            const [remoteHex = "", remotePortHex = ""] = remote?.split(":") ?? [];
            if (
              !/^([0-9A-Fa-f]{8}|[0-9A-Fa-f]{32})$/.test(localHex) ||
              !/^[0-9A-Fa-f]+$/.test(remoteHex) ||
              localHex.length !== remoteHex.length
            )
              return false;
            return (
              addressOf(localHex) === localAddress &&
              addressOf(remoteHex) === remoteAddress &&
              Number.parseInt(localPortHex, 16) === localPort &&
              Number.parseInt(remotePortHex, 16) === remotePort &&
              Number(number) === inode
            );
          });
          expect(index, JSON.stringify({ localAddress, localPort, remoteAddress, remotePort, inode })).not.toBe(-1);
          said.splice(0, index + 1);
        }
      }),
      RUNS,
    );
  });
});

describe("ss -E", () => {
  test.each(["ss-events-client.txt", "ss-events-server.txt"])("%s", (file) => {
    fc.assert(
      fc.property(mutated(recorded(file)), (text) => {
        const { ended, lost } = parseSsEvents(text);
        const lines = text.split("\n").filter((line) => line.trim() !== "");
        expect(ended.length + lost).toBeLessThanOrEqual(lines.length);
        for (const { protocol, localAddress, localPort, remoteAddress, remotePort, ...told } of ended) {
          const line = lines.find((candidate) => {
            const [netid, , , , local, peer] = candidate.split(/\s+/);
            const to = ends(peer);
            const from = ends(local?.replace(/^\*:/, "0.0.0.0:"));
            if (netid !== protocol || to?.address !== normal(remoteAddress) || to.port !== remotePort) return false;
            return from?.port === localPort && (localAddress === undefined || from.address === normal(localAddress));
          });
          expect(line, JSON.stringify({ localAddress, localPort, remoteAddress, remotePort })).toBeDefined();
          for (const bytes of [told.bytesSent ?? 0, told.bytesReceived ?? 0])
            expect(Number.isSafeInteger(bytes) && bytes >= 0).toBe(true);
        }
      }),
      RUNS,
    );
  });

  test("a broken row's details are not those of the row before", () => {
    const [first = "", second = ""] = recorded("ss-events-client.txt").split("\n");
    const { ended, lost } = parseSsEvents(`${first}\n ${second.slice(1).replace("bytes_sent:3", "bytes_sent:999")}\n`);
    expect(ended.map(({ bytesSent }) => bytesSent)).toEqual([3]);
    expect(lost).toBe(1);
  });

  test("a word of the details that looks like an end is none", () => {
    expect(parseSsEvents("tcp UNCONN 00 10.77.0.2:52136 10.77.0.1:443 rto:204\n")).toEqual({ ended: [], lost: 1 });
    expect(parseSsEvents("tcp UNCONN 0 0 10.77.0.2x:52136 10.77.0.1:443\n")).toEqual({ ended: [], lost: 1 });
  });

  test("lines in any pieces are the same lines", () => {
    const text = recorded("ss-events-client.txt");
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 30 }), (lengths) => {
        const splitter = createLineSplitter();
        let [at, whole] = [0, ""];
        for (const length of lengths) {
          whole += splitter.push(text.slice(at, at + length));
          at += length;
        }
        whole += splitter.push(text.slice(at));
        expect(whole).toBe(text);
      }),
    );
  });
});

describe("conntrack", () => {
  /** As a host that counts prints them, with documentation's addresses. */
  const TABLE = `ipv4     2 tcp      6 431999 ESTABLISHED src=192.0.2.10 dst=198.51.100.5 sport=40000 dport=443 packets=7 bytes=900 src=10.0.0.5 dst=192.0.2.10 sport=8443 dport=40000 packets=5 bytes=4000 [ASSURED] mark=0 zone=0 use=2
ipv6     10 udp      17 29 src=2001:0db8:0000:0000:0000:0000:0000:0001 dst=2001:0db8:0000:0000:0000:0000:0000:0002 sport=5000 dport=53 [UNREPLIED] src=2001:0db8:0000:0000:0000:0000:0000:0002 dst=2001:0db8:0000:0000:0000:0000:0000:0001 sport=53 dport=5000 mark=0 use=2
ipv4     2 udp      17 29 src=192.0.2.10 dst=192.0.2.1 sport=5000 dport=53 src=192.0.2.1 dst=192.0.2.10 sport=53 dport=5000 mark=0 use=2
`;
  test("a table", () => {
    fc.assert(
      fc.property(mutated(TABLE), (text) => {
        const { tracked, lost } = parseConntrack(text);
        const lines = text.split("\n").filter((line) => line.trim() !== "");
        expect(tracked.length + lost).toBeLessThanOrEqual(lines.length);
        for (const { original, reply } of tracked) {
          for (const { source, sourcePort, destination, destinationPort, bytes = 0 } of [original, reply]) {
            expect([isIP(source), isIP(destination)]).not.toContain(0);
            expect(isPort(sourcePort) && isPort(destinationPort) && Number.isSafeInteger(bytes)).toBe(true);
          }
          // In one line, with a value of each key for each tuple.
          const isSaid = lines.some((line) => {
            const values = (key: string): string[] =>
              line
                .split(/\s+/)
                .flatMap((word) => (word.startsWith(`${key}=`) ? [normal(word.slice(key.length + 1))] : []));
            return (
              values("src").includes(normal(original.source)) &&
              values("src").includes(normal(reply.source)) &&
              values("dst").includes(normal(original.destination)) &&
              values("dst").includes(normal(reply.destination)) &&
              values("sport").map(Number).includes(original.sourcePort) &&
              values("dport").map(Number).includes(reply.destinationPort)
            );
          });
          expect(isSaid, JSON.stringify({ original, reply })).toBe(true);
        }
      }),
      RUNS,
    );
  });
});

describe("tracing", () => {
  const formatText = recorded("trace-format.txt");
  const page = readFileSync(new URL("fixtures/trace-page.bin", import.meta.url));
  const header = parseTraceFormat(recorded("trace-header-page.txt"));
  const format = parseTraceFormat(formatText);

  test("a page's changes say what stands in it", () => {
    if (!header || !format) throw new Error("the recorded formats are none");
    const offset = (name: string): number => format.fields.get(name)?.offset ?? 0;
    const change = fc.record({ at: fc.nat(page.length - 1), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), (edits) => {
        const broken = Buffer.from(page);
        for (const { at, value } of edits) broken[at] = value;
        const { changes } = parseTracePage(broken, header, format);
        let from = 0;
        for (const { pid, oldState, newState, localPort, remotePort } of changes) {
          const at = Array.from(
            { length: Math.floor((broken.length - from) / 4) },
            (_, index) => from + index * 4,
          ).find(
            (start) =>
              start + offset("daddr_v6") + 16 <= broken.length &&
              broken.readUInt16LE(start) === format.id &&
              broken.readInt32LE(start + offset("common_pid")) === pid &&
              broken.readInt32LE(start + offset("oldstate")) === oldState &&
              broken.readInt32LE(start + offset("newstate")) === newState &&
              broken.readUInt16LE(start + offset("sport")) === localPort &&
              broken.readUInt16LE(start + offset("dport")) === remotePort,
          );
          expect(at).toBeDefined();
          from = (at ?? 0) + 4;
        }
      }),
      { ...RUNS, numRuns: 300 },
    );
  });

  test("a layout that is not the kernel's gives no row or one within the page", () => {
    if (!header) throw new Error("the recorded header is none");
    fc.assert(
      fc.property(mutated(formatText), mutated(recorded("trace-header-page.txt")), (text, headerText) => {
        const [other, otherHeader] = [parseTraceFormat(text), parseTraceFormat(headerText)];
        if (other) expect(parseTracePage(page, header, other).changes.length).toBeLessThan(page.length);
        if (other && otherHeader)
          expect(parseTracePage(page, otherHeader, other).changes.length).toBeLessThan(page.length);
      }),
      RUNS,
    );
  });
});

describe("small files", () => {
  const STAT = "70 (a b) (c) S 1 70 70 0 -1 4194560 1 0 0 0 2 3 0 0 20 0 1 0 5000 1 1\n";
  const FILES = [
    ["cgroup", "0::/system.slice/shop.service\n12:cpu:/docker/" + "a1".repeat(32) + "\n"],
    ["status", "Name:\tshop\nTgid:\t70\nUid:\t1001\t1001\t1001\t1001\n"],
    ["stat", STAT],
    ["passwd", "root:x:0:0::/:/bin/sh\nshop:x:1001:1001::/:/\n"],
    ["sockstat", "sockets: used 5\nTCP: inuse 4 orphan 0 tw 2 alloc 5 mem 1\n"],
    ["range", "32768\t60999\n"],
  ] as const;

  test.each(FILES)("%s", (_, text) => {
    fc.assert(
      fc.property(fc.oneof(mutated(text), fc.string({ maxLength: 300, unit: "binary" })), (broken) => {
        const bytes = Buffer.from(broken, "latin1");
        expect(parseCgroup(bytes).service?.length ?? 0).toBeLessThan(256);
        for (const pid of [parseStatusProcess(bytes), parseStatusUser(bytes), parseProcStat(bytes)?.startTime])
          expect(Number.isFinite(pid ?? 0)).toBe(true);
        for (const [id] of parsePasswd(bytes)) expect(Number.isSafeInteger(id)).toBe(true);
        expect(Number.isSafeInteger(parseSockstat(bytes, "TCP", "tw") ?? 0)).toBe(true);
        const range = parsePortRange(bytes);
        if (range) expect(isPort(range.from) && isPort(range.to) && range.from <= range.to).toBe(true);
      }),
      { ...RUNS, numRuns: 500 },
    );
  });
});
