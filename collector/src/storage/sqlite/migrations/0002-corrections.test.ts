import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStorage } from "../../open.ts";
import { migrate } from "../migrate.ts";
import { first } from "./0001-first.ts";

const AT = Date.parse("2026-11-20T12:00:00Z");
/** Synthetic, as version 1 wrote it: a host with an agent, and one that a capture brought. */
const VERSION_1 = `
INSERT INTO site VALUES (1, 'seoul', 'Asia/Seoul');
INSERT INTO import VALUES (1, 'i1', 'report', 'a.gz', 'hash', ${AT}, 'token:t', 1);
INSERT INTO host (host_key, site_key, managed, name, name_key, short_key, listeners_at, last_seen) VALUES
  (1, 1, 1, 'app01', 'app01', 'app01', ${AT}, ${AT}), (2, 1, 0, 'app09', 'app09', 'app09', ${AT}, ${AT});
INSERT INTO imported_host VALUES (1, 2, NULL, NULL);
INSERT INTO agent VALUES (1, 'a1', 'enrolled', 1, '0', 'm1', ${AT}, ${AT}, 0, NULL),
  (2, 'file:seoul:app09:x', 'file', 2, '0', NULL, ${AT}, ${AT}, 0, NULL);
INSERT INTO epoch VALUES (1, 1, '0123456789abcdef', 0), (2, 2, '0123456789abcdef', 1);
INSERT INTO applied_interval VALUES (1, 1, 9), (2, 1, 3), (2, 5, 5);
INSERT INTO listener VALUES (1, 1, 0, 0, 6, 0, 443, 0, ${AT}, ${AT}, 1), (2, 2, 1, 0, 6, 0, 22, 0, ${AT}, ${AT}, 1);
INSERT INTO host_day VALUES (1, 20777, 0, ${AT}, ${AT}), (2, 20777, 1, ${AT}, ${AT});
INSERT INTO host_source VALUES (1, 'proc-net', '{"name":"proc-net","ok":true,"observations":1,"lost":0,"gapMs":0,"cpuMs":1,"blindTo":[]}', ${AT}, 7, 3);
`;

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "portolan-migration-"));
  const db = new Sqlite(join(dataDir, "portolan.db"));
  migrate(db, "version-1.db", [first]);
  db.exec(VERSION_1);
  db.close();
});
afterEach(() => rmSync(dataDir, { recursive: true }));

test("what version 1 held is there, and its files can be undone", async () => {
  const storage = await openStorage({ dataDir });
  expect((await storage.listHosts()).map((host) => host.name)).toEqual(["app01", "app09"]);
  expect((await storage.listListeners()).map(({ hostId, port, open }) => [hostId, port, open])).toEqual([
    ["h1", 443, true],
    ["h2", 22, true],
  ]);
  expect((await storage.listCoverage())[0]).toMatchObject({ hostId: "h1", sources: [{ totalGapMs: 7, totalLost: 3 }] });
  const undone = await storage.undoImport("i1", AT, { kind: "system", id: "test" });
  expect(undone).toEqual({ flows: 0, reports: 4, days: 1, hosts: 1 });
  expect((await storage.listHosts()).map((host) => host.name)).toEqual(["app01"]);
  expect((await storage.listListeners()).map(({ port }) => port)).toEqual([443]);
  await storage.close();
});
