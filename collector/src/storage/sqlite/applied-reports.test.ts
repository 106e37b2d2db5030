import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { agentTable } from "./agents.ts";
import { appliedReports } from "./applied-reports.ts";
import { openDatabase } from "./database.ts";
import type { Database } from "./database.ts";
import { hostAddressTable } from "./host-addresses.ts";
import { hostTable } from "./hosts.ts";
import { internedTables } from "./interned.ts";
import { mergedHosts } from "./merged-hosts.ts";
import { siteTable } from "./sites.ts";
import { unfinishedImports } from "./unfinished-imports.ts";

let folder: string;
let db: Database;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portolan-applied-"));
  db = openDatabase(join(folder, "portolan.db"));
  // 600 commits, and no power fails here.
  db.pragma("synchronous = OFF");
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

/** An epoch of some agent's, with all that it needs. */
function epochOf(applied: ReturnType<typeof appliedReports>): number {
  const hosts = hostTable(db, hostAddressTable(db, internedTables(db)), mergedHosts(db), unfinishedImports(db));
  const hostKey = hosts.addManaged(siteTable(db).keyOf("seoul"), "app01", undefined);
  const { agentKey } = agentTable(db, mergedHosts(db)).add({
    id: "a1",
    kind: "enrolled",
    hostKey,
    version: "0",
    at: 0,
  });
  return applied.addEpoch(agentKey, "0123456789abcdef", 0).epochKey;
}

function numbered(number: number, contentHash = `content-${number}`) {
  return { number, contentHash, receivedAt: 0, window: { from: number - 1, to: number } };
}

test("an epoch's numbers come to one interval, and only the recent ones keep their content", () => {
  const applied = appliedReports(db);
  const epochKey = epochOf(applied);
  const numbers = Array.from({ length: 600 }, (_, index) => index + 1);
  const shuffled = numbers.toSorted((a, b) => ((a * 7919) % 601) - ((b * 7919) % 601));
  db.transaction(() => {
    for (const number of shuffled) expect(applied.take(epochKey, numbered(number))).toBe("new");
  })();
  const intervals = db.prepare("SELECT low, high FROM applied_interval").all();
  expect(intervals).toEqual([{ low: 1, high: 600 }]);
  applied.take(epochKey, numbered(601));
  const kept = db.prepare<[], { first: number; count: number }>(
    "SELECT min(number) AS first, count(*) AS count FROM recent_report",
  );
  expect(kept.get()).toEqual({ first: 346, count: 256 });
  expect(applied.take(epochKey, numbered(601, "another"))).toBe("conflict");
  expect(applied.take(epochKey, numbered(601, "another"))).toBe("known-conflict");
});

test("of a number that is long ago, what tells of its own time is a repeat, and what tells of now is a clone's", () => {
  const applied = appliedReports(db);
  const epochKey = epochOf(applied);
  db.transaction(() => {
    for (let number = 1; number <= 600; number++) applied.take(epochKey, numbered(number));
  })();
  expect(applied.take(epochKey, numbered(300, "another"))).toBe("duplicate");
  const late = { ...numbered(300, "another"), window: { from: 600, to: 601 } };
  expect(applied.take(epochKey, late)).toBe("conflict");
});
