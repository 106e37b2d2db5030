import { expect, test } from "vitest";
import { parseFlowsCsv } from "./parse-flows-csv.ts";

const HEADER = "client,server,protocol,port,first_seen,last_seen,connections,client_process,server_process\n";
const parse = (text: string) => parseFlowsCsv(Buffer.from(HEADER + text), { timeZone: "Asia/Seoul" });

test("ends are addresses or names, and the day is the site's", () => {
  expect(parse("10.0.0.1,DB01.corp.local,TCP,1433,2026-11-01T00:00:00Z,2026-11-20T16:00:00Z,12,java,\n")).toEqual({
    ok: true,
    value: [
      {
        site: "default",
        client: { address: "10.0.0.1" },
        server: { name: "DB01.corp.local" },
        protocol: "tcp",
        port: 1433,
        firstSeen: Date.parse("2026-11-01T00:00:00Z"),
        lastSeen: Date.parse("2026-11-20T16:00:00Z"),
        day: "2026-11-21",
        connections: 12,
        clientProcess: "java",
      },
    ],
  });
});

test("a date means the whole day at the site; connections default to 1", () => {
  expect(parse("a,b,udp,53,2026-11-20,2026-11-20,,,\n")).toMatchObject({
    ok: true,
    value: [
      {
        firstSeen: Date.parse("2026-11-19T15:00:00Z"),
        lastSeen: Date.parse("2026-11-20T14:59:59.999Z"),
        day: "2026-11-20",
        connections: 1,
      },
    ],
  });
});

test("every bad value of every line is listed", () => {
  const result = parse(
    "10.0.0,b,icmp,70000,yesterday,2026-02-30,1.5,,\na,b,tcp,80,2026-11-20,2026-11-19,,,\na,b c,tcp,,2026-11-20,2026-11-20,,,\n",
  );
  expect(result.ok ? [] : result.bad.map(({ line, column, value }) => [line, column, value])).toEqual([
    [2, "protocol", "icmp"],
    [2, "first_seen", "yesterday"],
    [2, "last_seen", "2026-02-30"],
    [2, "port", "70000"],
    [2, "connections", "1.5"],
    [2, "client", "10.0.0"],
    [3, "last_seen", "2026-11-19"],
    [4, "port", ""],
    [4, "server", "b c"],
  ]);
});

test("the end of time is no time: the storage has no day for it", () => {
  const result = parse("a,b,tcp,80,2026-11-20,9999-12-31,,,\n");
  expect(result.ok ? [] : result.bad).toMatchObject([{ line: 2, column: "last_seen", value: "9999-12-31" }]);
});

test("a name longer than any name is refused", () => {
  const result = parse(`${"a".repeat(256)},b,tcp,80,2026-11-20,2026-11-20,,${"p".repeat(256)},\n`);
  expect(result.ok ? [] : result.bad.map(({ line, column }) => [line, column])).toEqual([
    [2, "client"],
    [2, "client_process"],
  ]);
});
