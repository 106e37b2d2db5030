import { expect, test } from "vitest";
import { displayNames, matchName, nameKeys } from "./host-names.ts";

const candidate = (hostKey: number, managed: boolean, ...names: string[]) => ({ hostKey, managed, names });

test("a short name means the only host with that first label", () => {
  expect(matchName(nameKeys("APP01"), [candidate(1, false, "app01.corp.local")])).toBe(1);
  expect(matchName(nameKeys("app01.corp.local."), [candidate(1, false, "app01")])).toBe(1);
});

test("a short name that fits two full ones means neither", () => {
  const two = [candidate(1, false, "app01.a.local"), candidate(2, false, "app01.b.local")];
  expect(matchName(nameKeys("app01"), two)).toBeUndefined();
});

test("two full names differ when their domains do, also where the host is known by both", () => {
  expect(matchName(nameKeys("app01.b.local"), [candidate(1, true, "app01", "app01.a.local")])).toBeUndefined();
});

test("of equal names the managed host is meant", () => {
  expect(matchName(nameKeys("app01"), [candidate(1, false, "app01"), candidate(2, true, "app01")])).toBe(2);
});

test("addresses used as names are whole", () => {
  expect(nameKeys("10.1.2.3").shortKey).toBe("10.1.2.3");
});

test("names are unique for display", () => {
  const names = displayNames([
    { hostKey: 1, name: "app01", site: "seoul" },
    { hostKey: 2, name: "APP01", site: "busan" },
    { hostKey: 3, name: "db01", site: "seoul" },
    { hostKey: 4, name: "db01", site: "seoul" },
  ]);
  expect([...names.values()]).toEqual(["app01@seoul", "APP01@busan", "db01 (h3)", "db01 (h4)"]);
});
