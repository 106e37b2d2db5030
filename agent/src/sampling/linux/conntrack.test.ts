import { afterEach, expect, test } from "vitest";
import { createConntrack } from "./conntrack.ts";
import type { EventSource } from "../event-source.ts";
import type { Namespaces } from "./namespaces.ts";

/** Doubles: a host with the address 192.0.2.10, and what it tracks. */
const namespaces: Namespaces = {
  seesKernelPids: true,
  isOwn: () => undefined,
  scopeOf: () => undefined,
  hasAddress: (address) => address === "192.0.2.10",
  others: () => [],
  seesAll: () => true,
};
let source: EventSource | undefined;
afterEach(async () => source?.close());

function rowsOf(read: () => string) {
  source = createConntrack({ read, namespaces });
  const { rows = [], source: fared } = source.take();
  return {
    fared,
    rows: rows.map(
      ({ protocol, direction, localAddress, localPort, remoteAddress, remotePort }) =>
        `${direction} ${protocol} ${localAddress}:${localPort} ${remoteAddress}:${remotePort}`,
    ),
  };
}

const line = (protocol: string, original: string, reply: string, flags = "[ASSURED]") =>
  `ipv4     2 ${protocol === "tcp" ? "tcp      6 431999 ESTABLISHED" : "udp      17 29"} ${original} ${reply} ${flags} mark=0 use=2\n`;
const tuple = (from: string, to: string, sport: number, dport: number) =>
  `src=${from} dst=${to} sport=${sport} dport=${dport}`;

test("UDP both ways, with the end that called", () => {
  const { rows } = rowsOf(
    () =>
      line("udp", tuple("192.0.2.10", "192.0.2.53", 40_000, 53), tuple("192.0.2.53", "192.0.2.10", 53, 40_000)) +
      line("udp", tuple("192.0.2.77", "192.0.2.10", 50_000, 514), tuple("192.0.2.10", "192.0.2.77", 514, 50_000)),
  );
  expect(rows).toEqual(["outbound udp 192.0.2.10:40000 192.0.2.53:53", "inbound udp 192.0.2.10:514 192.0.2.77:50000"]);
});

test("TCP that is not translated is left to the socket tables", () => {
  const ends = tuple("192.0.2.10", "192.0.2.5", 40_000, 443);
  expect(rowsOf(() => line("tcp", ends, tuple("192.0.2.5", "192.0.2.10", 443, 40_000))).rows).toEqual([]);
});

test("a published port of a container: as its client called it", () => {
  const { rows } = rowsOf(() =>
    line("tcp", tuple("192.0.2.77", "192.0.2.10", 50_000, 8080), tuple("172.17.0.2", "192.0.2.77", 80, 50_000)),
  );
  expect(rows).toEqual(["inbound tcp 192.0.2.10:8080 192.0.2.77:50000"]);
});

test("a container's own call, under the host's address", () => {
  const { rows } = rowsOf(() =>
    line("tcp", tuple("172.17.0.2", "192.0.2.5", 40_000, 443), tuple("192.0.2.5", "192.0.2.10", 443, 40_000)),
  );
  expect(rows).toEqual(["outbound tcp 192.0.2.10:40000 192.0.2.5:443"]);
});

test("a table that can't be read says why, one whose lines are no rows how many", () => {
  expect(
    rowsOf(() => {
      throw new Error("nf_conntrack: EACCES");
    }).fared,
  ).toMatchObject({ ok: false, reason: "nf_conntrack: EACCES" });
  expect(rowsOf(() => "???\n").fared).toMatchObject({ ok: true, lost: 1 });
});

test("what could not be read once is shown as it was, and then no more", () => {
  const ends = tuple("192.0.2.10", "192.0.2.53", 40_000, 53);
  const text = line("udp", ends, tuple("192.0.2.53", "192.0.2.10", 53, 40_000));
  const answers: (string | undefined)[] = [text, undefined, undefined, text];
  source = createConntrack({
    namespaces,
    read() {
      const answer = answers.shift();
      if (answer === undefined) throw new Error("double: no answer");
      return answer;
    },
  });
  const takes = Array.from({ length: 4 }, () => source?.take());
  expect(takes.map((taken) => [taken?.rows?.length, taken?.source.ok])).toEqual([
    [1, true],
    [1, false],
    [0, false],
    [1, true],
  ]);
});
