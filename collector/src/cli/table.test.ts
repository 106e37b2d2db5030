import { expect, test } from "vitest";
import { table } from "./table.ts";

test("columns stand under each other, numbers right, also with characters of two columns and of none", () => {
  const text = table(
    ["HOST", "N", "SITE"],
    [
      ["결제01", 7, "서울"],
      ["e\u0301x", 12, "x"],
    ],
  );
  expect(text.split("\n")).toEqual(["HOST     N  SITE", "결제01   7  서울", "e\u0301x      12  x", ""]);
});

test("what a host calls itself stays in its cell, and gives the terminal no orders", () => {
  const text = table(["HOST", "DETAIL"], [["a\r\nb\tc", "\u001B[2Jx\u0000\u202Ey"]]);
  expect(text).toBe("HOST   DETAIL\na b c  \uFFFD[2Jx\uFFFD\uFFFDy\n");
});

test("as many rows as an estate has", () => {
  const rows = Array.from({ length: 200_000 }, (_, index) => [`host${index}`, index]);
  expect(table(["HOST", "N"], rows).split("\n")).toHaveLength(200_002);
});
