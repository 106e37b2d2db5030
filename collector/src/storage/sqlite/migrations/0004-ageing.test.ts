import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStorage } from "../../open.ts";
import { migrate } from "../migrate.ts";
import { first } from "./0001-first.ts";
import { corrections } from "./0002-corrections.ts";
import { clones } from "./0003-clones.ts";

const AT = Date.parse("2026-11-20T12:00:00Z");
/** Synthetic, as version 3 wrote it: a host with a flow of yesterday and of 200 days ago. */
const VERSION_3 = `
INSERT INTO site VALUES (1, 'seoul', 'Asia/Seoul');
INSERT INTO host (host_key, site_key, managed, name, name_key, short_key, listeners_at, last_seen) VALUES
  (1, 1, 1, 'app01', 'app01', 'app01', ${AT}, ${AT});
INSERT INTO agent VALUES (1, 'a1', 'enrolled', 1, '0', 'm1', ${AT}, ${AT}, 0, NULL, 0, 0);
INSERT INTO address VALUES (1, '10.0.0.1'), (2, '10.0.0.2');
INSERT INTO source_set VALUES (1, '["proc-net"]');
INSERT INTO flow VALUES (1, 1, 0, 0, 0, 6, 1, 2, 443, -1, 0, 0, NULL, 0, 1);
INSERT INTO flow_day VALUES (1, 20576, 3, 0, NULL, 7, 1, 2), (1, 20776, 4, 1, 5, NULL, ${AT}, ${AT});
`;

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "portolan-migration-"));
  const db = new Sqlite(join(dataDir, "portolan.db"));
  migrate(db, "version-3.db", [first, corrections, clones]);
  db.exec(VERSION_3);
  db.close();
});
afterEach(() => rmSync(dataDir, { recursive: true }));

test("what version 3 held by day is there, and ages from then on", async () => {
  const storage = await openStorage({ dataDir });
  const [before] = await storage.listFlows();
  expect(before).toMatchObject({
    connectionsByDay: [
      { day: "2026-05-03", connections: 3 },
      { day: "2026-11-19", connections: 4 },
    ],
    bytesSent: 7,
    bytesReceived: 5,
  });
  while (await storage.ageEvidence(AT));
  expect(await storage.listFlows()).toEqual([
    {
      ...before,
      connectionsByDay: [{ day: "2026-11-19", connections: 4 }],
      connectionsByMonth: [{ days: ["2026-05-03"], connections: 3 }],
    },
  ]);
  await storage.close();
});
