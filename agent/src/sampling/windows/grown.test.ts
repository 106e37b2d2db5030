import { expect, test } from "vitest";
import { createGrownBuffer, TableError } from "./grown.ts";

/** A table of the system, as a double: it says how much it needs, and fills what is enough. */
function doubleTable(sizes: number[]) {
  const asked: number[] = [];
  const call = (buffer: Buffer, size: Uint32Array): number => {
    const needed = sizes[Math.min(asked.length, sizes.length - 1)] ?? 0;
    asked.push(buffer.length);
    size[0] = needed;
    if (needed > buffer.length) return 122;
    buffer.fill(7, 0, needed);
    return 0;
  };
  return { asked, call };
}

test("a table that grows between two calls is read again, and the room is kept", () => {
  const { asked, call } = doubleTable([20_000, 60_000, 90_000, 50_000]);
  const table = createGrownBuffer("double", call);
  expect(table.read()).toEqual(Buffer.alloc(50_000, 7));
  expect(asked).toHaveLength(4);
  expect(table.read()).toHaveLength(50_000);
  expect(asked).toHaveLength(5);
});

test("one that always outgrows its room is given up after five readings", () => {
  let calls = 0;
  const table = createGrownBuffer("double", (buffer, size) => {
    calls += 1;
    size[0] = buffer.length * 2;
    return 122;
  });
  expect(() => table.read()).toThrow(TableError);
  expect(calls).toBe(5);
});

test("an answer that is no success and no lack of room is an error at once, also a negative one", () => {
  let answer = 5;
  const table = createGrownBuffer("double", () => answer);
  expect(() => table.read()).toThrow(/error 5$/);
  // STATUS_ACCESS_DENIED, as a signed number.
  answer = 0xc0000022 | 0;
  expect(() => table.read()).toThrow(`error ${0xc0000022}`);
});
