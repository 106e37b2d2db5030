import { array, assert, nat, property, tuple } from "fast-check";
import { expect, test } from "vitest";
import { parseTdbKeys } from "./parse-tdb-keys.ts";
import { SYNTHETIC_PASSWORD, syntheticTdb } from "./synthetic-tdb.ts";

const KEYS = ["SECRETS/MACHINE_PASSWORD/CORP", "SECRETS/SID/M1"];

test.each([true, false])("gives the names of all records, little-endian %s, and asks for no data", (isLittle) => {
  const file = syntheticTdb(KEYS, isLittle);
  const asked: [number, number][] = [];
  const found = parseTdbKeys((offset, length) => {
    asked.push([offset, length]);
    return file.subarray(offset, offset + length);
  });
  expect(found).toEqual({ keys: KEYS });
  const data = file.indexOf(SYNTHETIC_PASSWORD);
  expect(asked.some(([offset, length]) => offset <= data && offset + length > data)).toBe(false);
});

const parse = (file: Uint8Array) => parseTdbKeys((offset, length) => file.subarray(offset, offset + length));

test("a file cut off, one of another kind and one that runs in circles end with a reason", () => {
  const file = syntheticTdb(KEYS);
  expect(parse(file.subarray(0, file.length - SYNTHETIC_PASSWORD.length - 20))).toEqual({
    keys: KEYS.slice(0, 1),
    trouble: expect.stringMatching(/cut off/),
  });
  expect(parse(Buffer.from("SQLite format 3\0")).trouble).toBe("not a trivial database");
  const first = file.readUInt32LE(168 + 8);
  file.writeUInt32LE(first, first);
  expect(parse(file)).toEqual({ keys: KEYS.slice(0, 1), trouble: expect.stringMatching(/circle/) });
});

test("whatever the bytes, it ends", () => {
  const whole = syntheticTdb(KEYS);
  const damage = array(tuple(nat(whole.length - 1), nat(255)), { minLength: 1, maxLength: 6 });
  assert(
    property(damage, (changes) => {
      const bytes = Buffer.from(whole);
      for (const [at, value] of changes) bytes[at] = value;
      expect(parse(bytes).keys.length).toBeLessThan(10);
    }),
    { seed: 6, numRuns: 2000 },
  );
});
