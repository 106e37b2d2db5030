import { expect, test } from "vitest";
import { createFactReading } from "./reading.ts";

test.each([[undefined], [""], [0], [[]]])(
  "%j is no answer of a fact that every host has, and that is noted",
  (answer) => {
    const reading = createFactReading();
    expect(reading.expect("os", () => answer)).toBeUndefined();
    expect(reading.unread).toEqual([{ fact: "os", reason: "the answer was empty" }]);
  },
);

test("what fails is noted with its reason alone, what may be missing is not, and the notes are bounded and counted", () => {
  const reading = createFactReading();
  const failed = reading.expect("os", () => {
    throw new RangeError("x".repeat(2000));
  });
  expect(failed).toBeUndefined();
  expect(reading.attempt("disks", () => undefined)).toBeUndefined();
  expect(reading.expect("cpu", () => 4)).toBe(4);
  expect(reading.unread).toEqual([{ fact: "os", reason: "x".repeat(1024) }]);
  for (let round = 0; round < 300; round++) reading.note("os", "");
  expect(reading.unread).toHaveLength(256);
  expect(reading.unread.at(-2)).toEqual({ fact: "os", reason: "unknown" });
  expect(reading.unread.at(-1)).toEqual({ fact: "unread", reason: "46 further reasons are not told" });
});
