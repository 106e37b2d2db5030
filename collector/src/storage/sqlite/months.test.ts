import { expect, test } from "vitest";
import { dayNumber, dayText } from "./encoding.ts";
import { bitsWithin, dayBit, daysOf, firstDayOf, monthOf } from "./months.ts";

test("each day of a century is one bit of its month, and is found again by it", () => {
  for (let day = dayNumber("1999-12-30"); day <= dayNumber("2100-03-02"); day += 1) {
    const month = monthOf(day);
    expect(dayText(firstDayOf(month))).toBe(`${dayText(day).slice(0, 7)}-01`);
    expect(dayBit(day)).toBeGreaterThan(0);
    expect(daysOf(month, dayBit(day))).toEqual([day]);
    expect(bitsWithin(month, day, day)).toBe(dayBit(day));
  }
});

test("a period's bits are those of its days in the month, however far it reaches", () => {
  const month = monthOf(dayNumber("2026-03-15"));
  const first = firstDayOf(month);
  const all = 2 ** 31 - 1;
  expect(bitsWithin(month, -1e9, 1e9)).toBe(all);
  expect(bitsWithin(month, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)).toBe(all);
  expect(bitsWithin(month, first, first + 1)).toBe(0b11);
  expect(bitsWithin(month, first + 30, 1e9)).toBe(2 ** 30);
  expect(bitsWithin(month, first - 9, first - 1)).toBe(0);
  expect(bitsWithin(month, first + 31, first + 40)).toBe(0);
  expect(bitsWithin(month, first + 5, first + 4)).toBe(0);
});

test("a day beyond all dates has a month", () => {
  expect(firstDayOf(monthOf(-1e9))).toBeLessThan(-8e7);
  expect(firstDayOf(monthOf(1e9))).toBeGreaterThan(8e7);
});
