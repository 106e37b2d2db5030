import { describe, expect, test } from "vitest";
import { createLoadHours } from "./load-hours.ts";
import { mergeLoad } from "./figures.ts";
import type { LoadReading } from "./load-reader.ts";

const MINUTE = 60_000;
const TEN = Date.parse("2026-11-20T10:00:00Z");

/** SYNTHETIC counters: whatever a test leaves out is absent. */
function reading(more: Partial<LoadReading> = {}): LoadReading {
  return { interfaces: new Map(), volumes: [], problems: [], lost: 0, ...more };
}
const disk = (written: number, device = "8:1") => reading({ volumes: [{ mount: "/", device, written }] });
const network = (bytesIn: number, bytesOut: number, name = "eth0") =>
  reading({ interfaces: new Map([[name, { bytesIn, bytesOut }]]) });

/** Looks a quarter of a minute apart from 10:00 on. */
function hoursOf(readings: readonly LoadReading[], from = TEN) {
  const hours = createLoadHours();
  for (const [index, look] of readings.entries()) hours.add(look, from + index * 15_000, 5000 + index * 15_000);
  return hours.take();
}

describe("hours of load", () => {
  test("averages by time and keeps the highest interval", () => {
    const ticks = [
      { busy: 100, total: 1000 },
      { busy: 400, total: 2000 },
      { busy: 500, total: 3000 },
    ];
    const [hour, ...others] = hoursOf(
      ticks.map((cpu, index) => reading({ cpu, memoryUsed: [1000, 4000, 1000][index] ?? 0 })),
    );
    expect(others).toEqual([]);
    expect(hour).toEqual({
      from: "2026-11-20T10:00:00.000Z",
      to: "2026-11-20T10:00:30.000Z",
      cpu: { ms: 30_000, mean: 0.2, peak: 0.3 },
      memory: { samples: 3, mean: 2000, peak: 4000 },
      volumes: [],
    });
  });

  test("adds bytes up, with the peak per second of one interval", () => {
    expect(hoursOf([disk(1000), disk(16_000), disk(16_000)])[0]?.volumes).toEqual([
      { mount: "/", written: { ms: 30_000, bytes: 15_000, peak: 1000 } },
    ]);
    expect(hoursOf([network(0, 0), network(30_000, 15_000), network(30_000, 45_000)])[0]?.network).toEqual({
      ms: 30_000,
      bytesIn: 30_000,
      bytesOut: 45_000,
      peakIn: 2000,
      peakOut: 2000,
    });
  });

  test("a counter that goes backwards, or that another device has now, counts nothing", () => {
    expect(hoursOf([disk(9000), disk(10), disk(25)])[0]?.volumes).toEqual([
      { mount: "/", written: { ms: 15_000, bytes: 15, peak: 1 } },
    ]);
    expect(hoursOf([disk(9000), disk(90_000, "8:17")])).toEqual([]);
    // A 32-bit counter that wrapped, and an interface that came anew under another name.
    expect(hoursOf([network(2 ** 32 - 5, 0), network(10, 10)])).toEqual([]);
    expect(hoursOf([network(5, 5), network(9e9, 9e9, "eth1")])).toEqual([]);
    const cpu = [
      { busy: 900, total: 1000 },
      { busy: 10, total: 20 },
    ];
    expect(hoursOf(cpu.map((ticks) => reading({ cpu: ticks })))).toEqual([]);
    // Faster than any disk: somebody else's counter.
    expect(hoursOf([disk(0), disk(1e18)])).toEqual([]);
  });

  test("an interval over the hour's end goes to both hours by their time, and nothing is lost", () => {
    const hours = hoursOf([disk(0), disk(15_000)], TEN - 5000);
    expect(hours.map(({ from, to, volumes }) => [from, to, volumes[0]?.written?.bytes])).toEqual([
      ["2026-11-20T09:59:55.000Z", "2026-11-20T10:00:00.000Z", 5000],
      ["2026-11-20T10:00:00.000Z", "2026-11-20T10:00:10.000Z", 10_000],
    ]);
  });

  test("a clock that steps moves no interval away from its look, and looks too close together wait", () => {
    const hours = createLoadHours();
    hours.add(disk(0), TEN, 0);
    hours.add(disk(100), TEN + (40 * 24 * 60 + 5) * MINUTE, 15_000);
    hours.add(disk(400), TEN + 30_000, 30_000);
    hours.add(disk(500), TEN + 30_100, 30_100);
    hours.add(disk(600), TEN + 31_000, 31_000);
    const taken = hours.take();
    expect(taken.map(({ from, volumes }) => [from.slice(0, 13), volumes[0]?.written])).toEqual([
      ["2026-11-20T10", { ms: 16_000, bytes: 500, peak: 200 }],
      ["2026-12-30T10", { ms: 15_000, bytes: 100, peak: 7 }],
    ]);
    expect(hours.take()).toEqual([]);
  });

  test("what nobody looked at for over an hour is not told", () => {
    const hours = createLoadHours();
    hours.add(disk(0), TEN, 0);
    hours.add(disk(9e9), TEN + 61 * MINUTE, 61 * MINUTE);
    expect(hours.take()).toEqual([]);
  });

  test("a clock that jumps at each look fills no memory", () => {
    const hours = createLoadHours();
    for (let look = 0; look < 5000; look += 1) hours.add(disk(look), TEN + look * 7_200_000, look * 15_000);
    expect(hours.take()).toHaveLength(72);
  });

  test("parts of one hour that were told apart come to what one telling would have come to", () => {
    const counters = [0, 5000, 20_000, 21_000, 90_000].map((written) => disk(written));
    const whole = hoursOf(counters);
    const hours = createLoadHours();
    const parts = counters.map((look, index) => {
      hours.add(look, TEN + index * 15_000, index * 15_000);
      return hours.take();
    });
    expect(parts.reduce(mergeLoad, [])).toEqual(whole);
    expect(mergeLoad(hoursOf(counters, TEN + 60 * MINUTE), whole).map(({ from }) => from.slice(11, 13))).toEqual([
      "10",
      "11",
    ]);
  });
});
