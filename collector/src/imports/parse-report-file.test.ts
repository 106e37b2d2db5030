import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { parseReportFile } from "./parse-report-file.ts";

const options = { receivedAt: Date.parse("2026-11-21T00:00:00Z") };

const syntheticHost = {
  hostname: "app01",
  machineId: "m1",
  os: { family: "linux", name: "Debian", architecture: "x64" },
  cpu: { cores: 2, logicalCores: 2 },
  memoryBytes: 1,
  disks: [],
  interfaces: [],
};

function syntheticReport(number: number, more: object = {}): object {
  return {
    protocolVersion: 1,
    agent: { id: "capture-1", version: "0.1.0" },
    sequence: { epoch: "0123456789abcdef", number },
    window: { from: "2026-11-20T14:59:00Z", to: "2026-11-20T15:00:00Z" },
    sentAt: "2026-11-20T15:00:00Z",
    timeZone: "Asia/Seoul",
    sources: [],
    processes: [],
    flows: [],
    ...more,
  };
}

const file = (...lines: (object | string)[]) =>
  Buffer.from(lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));

const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;

test("each line is a report; the host's name comes from whichever line has it", () => {
  const bytes = file(syntheticReport(1), syntheticReport(2, { host: syntheticHost }), syntheticReport(3));
  for (const content of [bytes, gzipSync(bytes)]) {
    const { reports, bad } = parseReportFile(content, options);
    expect(bad).toEqual([]);
    expect(reports.map(({ report }) => report.number)).toEqual([1, 2, 3]);
    expect(reports[0]).toMatchObject({ site: "default", hostname: "app01", machineId: "m1", timeZone: "Asia/Seoul" });
  }
});

test("days are the site's where it is known, else the report's own", () => {
  const bytes = file(syntheticReport(1, { host: syntheticHost }));
  expect(parseReportFile(bytes, options).reports[0]?.report.days).toEqual(["2026-11-20", "2026-11-21"]);
  expect(parseReportFile(bytes, { ...options, timeZoneOfSite: "UTC" }).reports[0]?.report.days).toEqual(["2026-11-20"]);
});

test("one object over several lines is one report", () => {
  const bytes = Buffer.from(JSON.stringify(syntheticReport(1, { host: syntheticHost }), null, 2));
  expect(parseReportFile(bytes, options).reports).toHaveLength(1);
});

test("good lines stand beside bad ones, which say where and why", () => {
  const bytes = file(
    syntheticReport(1, { host: syntheticHost, flows: [{}] }),
    syntheticReport(2, { protocolVersion: 7 }),
    syntheticReport(3, { timeZone: "Nowhere" }),
    syntheticReport(4, { agent: { id: "other", version: "1" } }),
    '{"protocolVersion":1,"ag',
  );
  const { reports, bad, rejected } = parseReportFile(bytes, options);
  expect(reports.map(({ report }) => report.number)).toEqual([1]);
  expect(bad.map(({ line, column }) => [line, column])).toEqual([
    [2, "protocolVersion"],
    [3, "timeZone"],
    [4, "host"],
    [5, undefined],
  ]);
  expect(rejected[0]).toMatchObject({ line: 1, path: "flows[0].direction" });
});

test("nesting that would exhaust the stack is refused", () => {
  const line = JSON.stringify(syntheticReport(1, { host: syntheticHost, future: 0 }));
  const parse = (levels: number) =>
    parseReportFile(file(line.replace('"future":0', `"future":${nested(levels)}`)), options);
  for (const levels of [50_000, 64])
    expect(parse(levels)).toMatchObject({
      reports: [],
      bad: [{ line: 1, reason: "expected at most 64 levels of nesting" }],
    });
  expect(parse(63)).toMatchObject({ bad: [], reports: [{ hostname: "app01" }] });
});

test("a name that is given stands in for one that is missing", () => {
  const { reports } = parseReportFile(file(syntheticReport(1)), { ...options, hostname: "db01", site: "busan" });
  expect(reports[0]).toMatchObject({ hostname: "db01", site: "busan" });
});

test("a packed file that was cut off gives what there is", () => {
  const noise = Array.from({ length: 50 }, (_, index) => syntheticReport(index + 1, { host: syntheticHost }));
  const packed = gzipSync(file(...noise), { level: 0 });
  const { reports, bad } = parseReportFile(packed.subarray(0, packed.length / 2 + 40), options);
  expect(reports.length).toBeGreaterThan(10);
  expect(bad).toHaveLength(1);
});

test("what is no text at all is one bad line", () => {
  expect(parseReportFile(Buffer.from([0x1f, 0x8b, 1, 2, 3]), options).bad).toHaveLength(1);
  expect(parseReportFile(Buffer.from([0xff, 0xfe, 0x00]), options).bad).toHaveLength(1);
});
