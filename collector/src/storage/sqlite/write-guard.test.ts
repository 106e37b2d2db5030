import { SqliteError } from "better-sqlite3";
import { expect, test } from "vitest";
import { writeGuard } from "./write-guard.ts";

const fails = (code: string) => () => {
  throw new SqliteError("synthetic", code);
};

test("what may go by itself is looked at again, and the next write is let through", () => {
  let probe: () => void = fails("SQLITE_FULL");
  const guard = writeGuard("made-up.db", () => probe());
  expect(guard.refusal()).toBeUndefined();
  expect(() => guard.run(fails("SQLITE_FULL"))).toThrow("is full");
  expect(guard.refusal()).toBe("full");
  expect(guard.run(() => 1)).toBe(1);
  expect(guard.refusal()).toBeUndefined();
  expect(() => guard.run(fails("SQLITE_BUSY"))).toThrow("locked");
  probe = () => {};
  expect(guard.refusal()).toBeUndefined();
});

test("on a full disk the log's old pages take a probe, and no report: it stays full until there is room", () => {
  let isFull = true;
  const guard = writeGuard(
    "made-up.db",
    () => {},
    () => isFull,
  );
  expect(() => guard.run(fails("SQLITE_FULL"))).toThrow("is full");
  expect(guard.refusal()).toBe("full");
  isFull = false;
  expect(guard.refusal()).toBeUndefined();
});

test.each(["SQLITE_CORRUPT_VTAB", "SQLITE_NOTADB"])("after %s no write is tried again", (code) => {
  const guard = writeGuard("made-up.db", () => {});
  expect(() => guard.run(fails(code))).toThrow();
  const writes: number[] = [];
  expect(() => guard.run(() => writes.push(1))).toThrow("made-up.db");
  expect([writes, guard.refusal() === undefined]).toEqual([[], false]);
});

test("damage that a reader found stops the writes too", () => {
  const guard = writeGuard("made-up.db", () => {});
  guard.noteDamage();
  expect(() => guard.run(() => 1)).toThrow("portolan restore");
  expect(guard.refusal()).toBe("corrupt");
});

test("an error that is not the store's own stops nothing", () => {
  const guard = writeGuard("made-up.db", () => {});
  expect(() => guard.run(() => JSON.parse("{"))).toThrow(SyntaxError);
  expect(guard.refusal()).toBeUndefined();
});
