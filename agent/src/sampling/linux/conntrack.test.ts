import { afterEach, expect, test, vi } from "vitest";
import { createConntrack } from "./conntrack.ts";
import type { ConntrackTable } from "./conntrack-table.ts";
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
afterEach(async () => {
  vi.useRealTimers();
  await source?.close();
});

const give = (given: string | Error, [take, over]: Parameters<ConntrackTable["read"]>): void => {
  if (typeof given === "string") take(given);
  over(typeof given === "string" ? { beyond: 0 } : given);
};
/** One that is there at once, as the kernel's file is. */
const tableOf = (read: () => string | Error): Pick<ConntrackTable, "read"> => ({
  read: (...asked) => give(read(), asked),
});

function rowsOf(read: () => string | Error) {
  source = createConntrack({ table: tableOf(read), namespaces });
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
  expect(rowsOf(() => new Error("nf_conntrack: EACCES")).fared).toMatchObject({
    ok: false,
    reason: "nf_conntrack: EACCES",
  });
  expect(rowsOf(() => "???\n").fared).toMatchObject({ ok: true, lost: 1 });
});

test("of a table that is longer than is read, the rest is lost, and said until a reading has it all", () => {
  let beyond = 7;
  const text = line("udp", tuple("192.0.2.10", "192.0.2.53", 1, 53), tuple("192.0.2.53", "192.0.2.10", 53, 1));
  const read: ConntrackTable["read"] = (take, over) => {
    take(text);
    over({ beyond });
  };
  source = createConntrack({ namespaces, table: { read } });
  expect(source.take(true).source).toMatchObject({
    ok: true,
    lost: 7,
    reason: expect.stringContaining("7 of its rows"),
  });
  beyond = 0;
  const { source: again } = source.take(true);
  expect(again).toMatchObject({ ok: true, lost: 0 });
  expect(again.reason).toBeUndefined();
});

test("half a table, whose other half could not be had, counts as none", () => {
  const row = line("udp", tuple("192.0.2.10", "192.0.2.53", 1, 53), tuple("192.0.2.53", "192.0.2.10", 53, 1));
  const read: ConntrackTable["read"] = (take, over) => {
    take(row);
    over(new Error("conntrack -L: ended with SIGKILL"));
  };
  source = createConntrack({ namespaces, table: { read } });
  const { rows, source: fared } = source.take(true);
  expect([rows, fared.ok, fared.observations]).toEqual([[], false, 0]);
});

test("the table is read each 10 s, and for a look only where it was not since the look before, or no other follows", () => {
  vi.useFakeTimers();
  let readings = 0;
  source = createConntrack({
    namespaces,
    table: tableOf(() => {
      readings += 1;
      const port = 40_000 + readings;
      return line("udp", tuple("192.0.2.10", "192.0.2.53", port, 53), tuple("192.0.2.53", "192.0.2.10", 53, port));
    }),
  });
  const ports = (isLast?: boolean) => source?.take(isLast).rows?.map(({ localPort }) => localPort);
  expect(ports()).toEqual([40_001]);
  vi.advanceTimersByTime(25_000);
  expect(ports()).toEqual([40_002, 40_003]);
  vi.advanceTimersByTime(4000);
  expect(ports()).toEqual([40_004]);
  vi.advanceTimersByTime(4000);
  expect(ports(true)).toEqual([40_005, 40_006]);
});

test("a table that comes later: what stood stands until the next, and a late one is not asked for twice", () => {
  const asked: ((given: string | Error) => void)[] = [];
  const read: ConntrackTable["read"] = (...one) => void asked.push((given) => give(given, one));
  source = createConntrack({ namespaces, table: { read } });
  const take = () => {
    const { rows = [], source: fared } = source?.take() ?? { rows: [], source: undefined };
    return [rows.length, fared?.ok, fared?.reason];
  };
  expect(take()).toEqual([0, true, undefined]);
  asked[0]?.(line("udp", tuple("192.0.2.10", "192.0.2.53", 1025, 53), tuple("192.0.2.53", "192.0.2.10", 53, 1025)));
  expect(take()).toEqual([1, true, undefined]);
  expect(take()).toEqual([1, true, undefined]);
  expect(take()).toEqual([1, true, undefined]);
  expect(asked).toHaveLength(2);
  asked[1]?.(new Error("conntrack: Operation not permitted"));
  const refused = "conntrack: Operation not permitted";
  expect(take()).toEqual([1, false, refused]);
  asked[2]?.(new Error(refused));
  expect(take()).toEqual([0, false, refused]);
});

test("what could not be read once is shown as it was, and then no more", () => {
  const ends = tuple("192.0.2.10", "192.0.2.53", 40_000, 53);
  const text = line("udp", ends, tuple("192.0.2.53", "192.0.2.10", 53, 40_000));
  const answers: (string | undefined)[] = [text, undefined, undefined, text];
  source = createConntrack({
    namespaces,
    table: tableOf(() => answers.shift() ?? new Error("double: no answer")),
  });
  const takes = Array.from({ length: 4 }, () => source?.take());
  expect(takes.map((taken) => [taken?.rows?.length, taken?.source.ok])).toEqual([
    [1, true],
    [1, false],
    [0, false],
    [1, true],
  ]);
});
