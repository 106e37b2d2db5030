import { expect, test } from "vitest";
import { isTimeZone, siteDay } from "./site-day.ts";

const at = (text: string) => Date.parse(text);

test("a day begins at the site's midnight, not at UTC's", () => {
  expect(siteDay(at("2026-11-20T14:59:59.999Z"), "Asia/Seoul")).toBe("2026-11-20");
  expect(siteDay(at("2026-11-20T15:00:00Z"), "Asia/Seoul")).toBe("2026-11-21");
  expect(siteDay(at("2026-11-20T15:00:00Z"), "UTC")).toBe("2026-11-20");
});

test("zones with quarter hours and changes to summer time are exact", () => {
  expect(siteDay(at("2026-11-20T18:14:59Z"), "Asia/Kathmandu")).toBe("2026-11-20");
  expect(siteDay(at("2026-11-20T18:15:00Z"), "Asia/Kathmandu")).toBe("2026-11-21");
  expect(siteDay(at("2026-10-24T21:59:59Z"), "Europe/Berlin")).toBe("2026-10-24");
  expect(siteDay(at("2026-10-24T22:00:00Z"), "Europe/Berlin")).toBe("2026-10-25");
  expect(siteDay(at("2026-10-25T22:59:59Z"), "Europe/Berlin")).toBe("2026-10-25");
  expect(siteDay(at("2026-10-25T23:00:00Z"), "Europe/Berlin")).toBe("2026-10-26");
});

test("a name that is no time zone is told apart", () => {
  expect(isTimeZone("Asia/Seoul")).toBe(true);
  expect(isTimeZone("Korea Standard Time")).toBe(false);
  expect(() => siteDay(0, "Nowhere/Land")).toThrow(RangeError);
});
