import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseSid, sidBytes } from "./sid.ts";

test("an identifier is the same as text and as bytes", () => {
  expect(sidBytes("S-1-5-18")).toEqual(Buffer.from([1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]));
  const part = fc.nat(2 ** 31 - 1).map((number) => 2 * number + 1);
  fc.assert(
    fc.property(fc.nat(2 ** 31), fc.array(part, { minLength: 1, maxLength: 15 }), (authority, parts) => {
      const text = ["S-1", authority, ...parts].join("-");
      expect(parseSid(sidBytes(text) ?? Buffer.alloc(0))).toBe(text);
    }),
  );
});

test.each(["", "S-1-5", "S-2-5-18", "S-1-5-4294967296", "S-1-281474976710656-1", "S-1-5-x", `S-1-5${"-1".repeat(16)}`])(
  "%j is none",
  (text) => {
    expect(sidBytes(text)).toBeUndefined();
  },
);
