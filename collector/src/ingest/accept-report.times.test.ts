import { expect, test } from "vitest";
import { accepted, context, flowsOf, RECEIVED_AT, syntheticFlow, syntheticReport } from "../testing/accepted-report.ts";
import { acceptReport } from "./accept-report.ts";

test("a window over months claims its two ends: nobody looked in between", () => {
  const window = { from: "2026-01-01T00:00:00Z", to: "2026-11-20T15:00:00Z" };
  const { report } = accepted({ ...syntheticReport, window });
  expect(report.days).toEqual(["2026-01-01", "2026-11-21"]);
  expect(report).not.toHaveProperty("clock");
});

const HOUR = 3_600_000;
const shifted = (time: string, ms: number) => new Date(Date.parse(time) + ms).toISOString();

/** The synthetic report as a host would send it whose clock is off. */
function offBy(ms: number): object {
  const { window, sentAt } = syntheticReport;
  return {
    ...syntheticReport,
    window: { from: shifted(window.from, ms), to: shifted(window.to, ms) },
    sentAt: shifted(sentAt, ms),
    flows: [
      {
        ...syntheticFlow,
        firstSeen: shifted(syntheticFlow.firstSeen, ms),
        lastSeen: shifted(syntheticFlow.lastSeen, ms),
      },
    ],
  };
}

test.each([10 * HOUR, -10 * HOUR, -20_000 * HOUR, 60_000 - RECEIVED_AT])(
  "times of a clock that is off by %s ms are corrected, with whatever hangs on them",
  (ms) => {
    const outcome = acceptReport(offBy(ms), { ...context, sentAt: RECEIVED_AT + ms });
    if (!outcome.ok) throw new Error("refused");
    const right = accepted(syntheticReport).report;
    const { window, days, flows } = right;
    expect(outcome.report).toMatchObject({ window, days, flows, clock: "corrected", skewMs: ms });
    expect(right).not.toHaveProperty("clock");
  },
);

test("what the way explains is no skew, and an old report of a right clock stays where it was", () => {
  for (const ms of [-4000, 4000]) {
    const outcome = acceptReport(syntheticReport, { ...context, sentAt: RECEIVED_AT + ms });
    expect(outcome).toMatchObject({ report: { window: accepted(syntheticReport).report.window } });
  }
  const outcome = acceptReport(offBy(-72 * HOUR), { ...context, sentAt: RECEIVED_AT });
  expect(outcome).toMatchObject({ report: { days: ["2026-11-17", "2026-11-18"] } });
  expect(outcome.ok && outcome.report).not.toHaveProperty("clock");
});

test.each([
  ["in 1970, before the clock was set", { from: "1970-01-01T00:01:00Z", to: "1970-01-01T00:02:00Z" }, 60_000],
  ["before 1970", { from: "1960-01-01T00:01:00Z", to: "1960-01-01T00:02:00Z" }, 60_000],
  ["in the far future", { from: "9999-12-31T23:58:59Z", to: "9999-12-31T23:59:59Z" }, 60_000],
  ["set back within the window", { from: "2026-11-21T01:00:00Z", to: "2026-11-20T15:00:10Z" }, 0],
  ["set from 1970 within the window", { from: "1970-01-01T00:01:00Z", to: "2026-11-20T15:00:10Z" }, 0],
])("a window %s ends at its receipt, and is marked", (_what, window, length) => {
  const flows = [{ ...syntheticFlow, firstSeen: window.from, lastSeen: window.to }];
  const outcome = acceptReport({ ...syntheticReport, window, flows }, { ...context, sentAt: RECEIVED_AT });
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.issues));
  const { report, rejected } = outcome;
  expect(rejected).toEqual([]);
  expect(report).toMatchObject({ clock: "misplaced", window: { from: RECEIVED_AT - length, to: RECEIVED_AT } });
  expect(report.days).toEqual(length === 0 ? ["2026-11-21"] : ["2026-11-20", "2026-11-21"]);
  expect(report.flows).toMatchObject([{ firstSeen: RECEIVED_AT - length, lastSeen: RECEIVED_AT, day: "2026-11-21" }]);
});

test("a flow of the other side of a step stays within its window", () => {
  const { report } = flowsOf({ firstSeen: "2026-11-20T14:59:30Z", lastSeen: "1970-01-01T00:00:00Z" }, {});
  expect(report).toMatchObject({ clock: "misplaced" });
  const from = Date.parse(syntheticReport.window.from);
  expect(report.flows).toMatchObject([{ firstSeen: from, lastSeen: from }, { lastSeen: from + 60_000 }]);
});
