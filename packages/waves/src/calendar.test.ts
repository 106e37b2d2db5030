import { DateTime } from "luxon";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CalendarConfig, cutoverWindows } from "./calendar.ts";
import { CalendarError, PlanConfigError } from "./errors.ts";

const seoul: CalendarConfig = {
  timezone: "Asia/Seoul",
  windows: [{ weekday: "friday", from: "20:00", to: "sunday 15:00" }],
  blackouts: [],
};
const from = Date.parse("2026-11-18T00:00:00Z");

describe("cutoverWindows", () => {
  test("gives the weekends in UTC", () => {
    expect(cutoverWindows(seoul, from, 2)).toEqual([
      { start: "2026-11-20T11:00:00.000Z", end: "2026-11-22T06:00:00.000Z" },
      { start: "2026-11-27T11:00:00.000Z", end: "2026-11-29T06:00:00.000Z" },
    ]);
  });

  test("skips windows that touch a blackout or begin too early", () => {
    const starts = (more: Partial<CalendarConfig>) =>
      cutoverWindows({ ...seoul, ...more }, from, 4).map(({ start }) => start.slice(0, 10));
    // 27-29 November touches the last three days (28-30), 1-3 January is within the dates.
    const blackouts = [
      { monthEnd: 3, monthStart: 3 },
      { from: "2026-12-24", to: "2027-01-02" },
    ];
    expect(starts({ blackouts })).toEqual(["2026-11-20", "2026-12-04", "2026-12-11", "2026-12-18"]);
    expect(starts({ blackouts: [{ monthEnd: 1 }] })[1]).toBe("2026-11-27");
    expect(starts({ blackouts: [{ monthEnd: 2 }] })[1]).toBe("2026-12-04");
    expect(starts({ earliest: "2026-12-01" })[0]).toBe("2026-12-04");
    expect(cutoverWindows(seoul, Date.parse("2026-11-20T11:00:01Z"), 1)[0]?.start).toBe("2026-11-27T11:00:00.000Z");
  });

  test("leaves out a window that a change of clocks swallows", () => {
    const night = [{ weekday: "sunday", from: "02:30", to: "03:15" }];
    const config = { timezone: "America/New_York", windows: night, blackouts: [], earliest: "2027-03-13" };
    expect(cutoverWindows(config, from, 1)).toEqual([
      { start: "2027-03-21T06:30:00.000Z", end: "2027-03-21T07:15:00.000Z" },
    ]);
  });

  test("keeps the clock on both sides of a change of clocks", () => {
    const berlin = {
      ...seoul,
      timezone: "Europe/Berlin",
      windows: [{ weekday: "Saturday", from: "22:00", to: "06:00" }],
    };
    expect(cutoverWindows(berlin, Date.parse("2026-10-20T00:00:00Z"), 2)).toEqual([
      { start: "2026-10-24T20:00:00.000Z", end: "2026-10-25T05:00:00.000Z" },
      { start: "2026-10-31T21:00:00.000Z", end: "2026-11-01T05:00:00.000Z" },
    ]);
  });

  test("an end at midnight does not touch the day that begins then", () => {
    const midnight = { ...seoul, windows: [{ weekday: "saturday", from: "08:00", to: "sunday 00:00" }] };
    const blackouts = [{ from: "2026-11-22", to: "2026-11-22" }];
    expect(cutoverWindows({ ...midnight, blackouts }, from, 1)[0]?.start).toBe("2026-11-20T23:00:00.000Z");
  });

  test("leaves out a window that begins before another has ended", () => {
    const windows = [...seoul.windows, { weekday: "saturday", from: "10:00", to: "12:00" }];
    expect(cutoverWindows({ ...seoul, windows }, from, 2)).toEqual(cutoverWindows(seoul, from, 2));
  });

  test("names the blackout that takes every window", () => {
    const blackouts = [{ monthEnd: 31 }, { from: "2027-01-01", to: "2027-01-02" }];
    const attempt = () => cutoverWindows({ ...seoul, blackouts }, from, 1);
    expect(attempt).toThrow(CalendarError);
    try {
      attempt();
    } catch (error) {
      expect(error).toMatchObject({ blackout: "the last 31 days of a month" });
    }
  });

  test("names the key that cannot be meant", () => {
    const wrong: [Partial<CalendarConfig>, string][] = [
      [{ timezone: "Seoul" }, "timezone"],
      [{ earliest: "2026-02-30" }, "earliest"],
      [{ windows: [{ weekday: "fri", from: "20:00", to: "22:00" }] }, "windows[0].weekday"],
      [{ windows: [{ weekday: "friday", from: "25:00", to: "22:00" }] }, "windows[0].from"],
      [{ windows: [{ weekday: "friday", from: "20:00", to: "someday 22:00" }] }, "windows[0].to"],
      [{ blackouts: [{ monthEnd: 40 }] }, "blackouts[0].monthEnd"],
      [{ blackouts: [{ from: "2026-12-24", to: "2026-12-01" }] }, "blackouts[0].to"],
    ];
    for (const [more, key] of wrong) {
      try {
        cutoverWindows({ ...seoul, ...more }, from, 1);
        expect.unreachable(key);
      } catch (error) {
        expect(error).toBeInstanceOf(PlanConfigError);
        expect(error).toMatchObject({ key });
      }
    }
  });

  test("property: windows are in order, on their weekday and clear of the blackouts", () => {
    const zones = fc.constantFrom("Asia/Seoul", "Europe/Berlin", "America/New_York", "Pacific/Auckland");
    fc.assert(
      fc.property(zones, fc.nat({ max: 9 }), fc.nat({ max: 9 }), fc.nat({ max: 1000 }), (timezone, end, start, day) => {
        const config = { ...seoul, timezone, blackouts: [{ monthEnd: end, monthStart: start }] };
        let previous = "";
        for (const window of cutoverWindows(config, from + day * 86_400_000, 6)) {
          expect(window.start >= previous && window.end > window.start).toBe(true);
          previous = window.end;
          const [first, last] = [window.start, window.end].map((time) => DateTime.fromISO(time, { zone: timezone }));
          expect([first?.weekday, first?.hour, last?.weekday, last?.hour]).toEqual([5, 20, 7, 15]);
          for (const touched of [first, first?.plus({ days: 1 }), last]) {
            expect(touched && touched.day > start && touched.day <= (touched.daysInMonth ?? 0) - end).toBe(true);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
