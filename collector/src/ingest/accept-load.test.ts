import { expect, test } from "vitest";
import { accepted, syntheticReport } from "../testing/accepted-report.ts";
import { acceptReport } from "./accept-report.ts";

const RECEIVED_AT = Date.parse("2026-11-20T15:30:10.000Z");
const HOUR_MS = 3_600_000;

/** SYNTHETIC: half a minute of load. */
const part = {
  from: "2026-11-20T15:29:00.000Z",
  to: "2026-11-20T15:29:30.000Z",
  cpu: { ms: 30_000, mean: 0.25, peak: 0.5 },
  memory: { samples: 2, mean: 1000, peak: 1500 },
  network: { ms: 30_000, bytesIn: 1, bytesOut: 2, peakIn: 3, peakOut: 4 },
  volumes: [
    { mount: "/", written: { ms: 30_000, bytes: 5, peak: 6 }, used: { samples: 2, mean: 7, peak: 8 } },
    { mount: "C:\\data" },
  ],
};
const window = { from: "2026-11-20T15:29:00.000Z", to: "2026-11-20T15:30:00.000Z" };
const report = { ...syntheticReport, window, flows: [] };

function taken(load: unknown, more: { sentAt?: number; timeZoneOfSite?: string; window?: object } = {}) {
  const { window: other = window, ...times } = more;
  return accepted({ ...report, window: other, load }, { receivedAt: RECEIVED_AT, ...times });
}

const hourOf = (load: unknown, more: Parameters<typeof taken>[1]) =>
  taken(load, { timeZoneOfSite: "UTC", ...more }).report.load?.map(({ hour }) => new Date(hour).toISOString());

test("a part of an hour comes out as sums, in the hour and day of the site", () => {
  const outcome = taken([part]);
  expect(outcome.report.load).toEqual([
    {
      day: "2026-11-21",
      hour: Date.parse("2026-11-20T15:00:00Z"),
      from: Date.parse(part.from),
      to: Date.parse(part.to),
      cpu: { ms: 30_000, busyMs: 7500, peak: 0.5 },
      memory: { samples: 2, sum: 2000, peak: 1500 },
      network: part.network,
      volumes: [
        { mount: "/", written: part.volumes[0]?.written, used: { samples: 2, sum: 14, peak: 8 } },
        { mount: "C:\\data" },
      ],
    },
  ]);
  expect(outcome).toMatchObject({ rejected: [], unknownKeys: 0 });
  expect(taken([part], { timeZoneOfSite: "Asia/Kolkata" }).report.load).toMatchObject([
    { day: "2026-11-20", hour: Date.parse("2026-11-20T14:30:00Z") },
  ]);
  expect(taken(undefined).report).not.toHaveProperty("load");
});

test("each figure is bounded, named where it is wrong, and costs no more than its part or volume", () => {
  const wrong = { ...part, cpu: { ms: 30_000, mean: 1.5, peak: 2 }, memory: { samples: 0, mean: -1, peak: "all" } };
  const tooFast = { mount: "/x", written: { ms: 90_000_000, bytes: 0.5, peak: 1e13 } };
  const volumes = [tooFast, part.volumes[0], { ...part.volumes[0], more: 1 }, { mount: "" }, 7];
  const { report: shown, rejected, unknownKeys } = taken([wrong, { ...part, volumes, other: 1 }, "x"]);
  expect(shown.load).toHaveLength(1);
  expect(shown.load?.[0]?.volumes.map(({ mount }) => mount)).toEqual(["/"]);
  expect(unknownKeys).toBe(2);
  expect(rejected.map(({ path, reason }) => `${path}: ${reason}`)).toEqual([
    "load[0].cpu.mean: expected at most 1, got 1.5",
    "load[0].cpu.peak: expected at most 1, got 2",
    "load[0].memory.samples: expected at least 1, got 0",
    "load[0].memory.mean: expected at least 0, got -1",
    'load[0].memory.peak: expected a number, got "all"',
    "load[1].volumes[0].written.ms: expected at most 86400000, got 90000000",
    "load[1].volumes[0].written.bytes: expected a whole number, got 0.5",
    "load[1].volumes[0].written.peak: expected at most 1000000000000, got 10000000000000",
    'load[1].volumes[2].mount: expected each mount once, got "/" again',
    'load[1].volumes[3].mount: expected at least 1 characters, got ""',
    "load[1].volumes[4]: expected an object, got 7",
    'load[2]: expected an object, got "x"',
  ]);
  const tooMany = Array.from({ length: 201 }, () => part);
  expect(acceptReport({ ...report, load: tooMany }, { receivedAt: RECEIVED_AT, timeZoneOfSite: "UTC" })).toMatchObject({
    ok: false,
    issues: [{ path: "load" }],
  });
});

test("times are the collector's: corrected by the skew, and from no clock's step in another day", () => {
  // The agent's clock is two days ahead.
  const shifted = (text: string) => new Date(Date.parse(text) + 48 * HOUR_MS).toISOString();
  const shiftedWindow = { from: shifted(window.from), to: shifted(window.to) };
  const ahead = { ...part, from: shifted(part.from), to: shifted(part.to) };
  expect(hourOf([ahead], { window: shiftedWindow, sentAt: RECEIVED_AT + 48 * HOUR_MS })).toEqual([
    "2026-11-20T15:00:00.000Z",
  ]);
  // Its clock was set back by two days within the window: what it told before that was yet to come.
  expect(hourOf([ahead, part], { sentAt: RECEIVED_AT })).toEqual([
    "2026-11-20T15:00:00.000Z",
    "2026-11-20T15:00:00.000Z",
  ]);
  // It began in 1970.
  const old = { ...part, from: "1970-01-01T00:00:10.000Z", to: "1970-01-01T00:00:25.000Z" };
  const unset = { from: old.from, to: window.to };
  expect(hourOf([old, part], { window: unset, sentAt: RECEIVED_AT })).toEqual([
    "2026-11-20T15:00:00.000Z",
    "2026-11-20T15:00:00.000Z",
  ]);
});
