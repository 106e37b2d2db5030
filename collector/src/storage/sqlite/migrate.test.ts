import Sqlite from "better-sqlite3";
import type { Database } from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrate } from "./migrate.ts";
import { MIGRATIONS } from "./migrations/index.ts";

let db: Database;
beforeEach(() => {
  db = new Sqlite(":memory:");
});
afterEach(() => db.close());

const version = () => db.pragma("user_version", { simple: true });
const tables = () => db.prepare<[], string>("SELECT name FROM sqlite_schema ORDER BY name").pluck().all();

const one = { version: 1, sql: "CREATE TABLE first (a)" };
const two = { version: 2, sql: "CREATE TABLE second (b)" };

test("steps are taken once, in order, and only those that are new", () => {
  migrate(db, "made-up.db", [one]);
  expect(version()).toBe(1);
  migrate(db, "made-up.db", [one, two]);
  migrate(db, "made-up.db", [one, two]);
  expect([version(), tables()]).toEqual([2, ["first", "second"]]);
});

test("a step that fails leaves nothing of itself, and keeps those before it", () => {
  const broken = { version: 2, sql: "CREATE TABLE second (b); INSERT INTO nowhere VALUES (1);" };
  expect(() => migrate(db, "made-up.db", [one, broken])).toThrow("nowhere");
  expect([version(), tables()]).toEqual([1, ["first"]]);
  migrate(db, "made-up.db", [one, two]);
  expect(version()).toBe(2);
});

test("the steps count from 1 without gaps", () => {
  expect(MIGRATIONS.map((step) => step.version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
});
