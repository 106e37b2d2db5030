import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStorage } from "../../open.ts";
import { migrate } from "../migrate.ts";
import { MIGRATIONS } from "./index.ts";

const AT = Date.parse("2026-11-20T12:00:00Z");
const ITEM = { kind: "dns-server", holder: "eth0", target: "10.0.0.9", source: "/etc/resolv.conf" } as const;
/** Synthetic, as version 6 wrote it: a host whose agent told what names an address. */
const VERSION_6 = `
INSERT INTO site VALUES (1, 'seoul', 'Asia/Seoul');
INSERT INTO host (host_key, site_key, managed, name, name_key, short_key) VALUES (1, 1, 1, 'db01', 'db01', 'db01');
INSERT INTO address_list VALUES (1, 0, ${AT});
INSERT INTO address_dependency VALUES (1, 0, '${JSON.stringify(ITEM)}', ${AT}, ${AT});
`;

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "portolan-migration-"));
  const db = new Sqlite(join(dataDir, "portolan.db"));
  migrate(
    db,
    "version-6.db",
    MIGRATIONS.filter(({ version }) => version <= 6),
  );
  db.exec(VERSION_6);
  db.close();
});
afterEach(() => rmSync(dataDir, { recursive: true }));

test("what version 6 held is there, and files may add to it", async () => {
  const storage = await openStorage({ dataDir });
  const told = { hostId: "h1", ...ITEM, firstSeen: AT, lastSeen: AT, current: true };
  expect(await storage.listAddressDependencies()).toEqual([told]);
  const record = { id: "i1", format: "linked-servers", fileName: "a.csv", contentHash: "hash", at: AT, items: 1 };
  const link = { kind: "linked-server", holder: "x", target: "db02", source: "sys.servers" } as const;
  const addressLists = [{ site: "seoul", host: "db01", holder: "x", at: AT + 1, items: [link] }];
  await storage.saveImport(record, { addressLists }, { kind: "system", id: "test" });
  expect(await storage.listAddressDependencies()).toEqual([
    told,
    { hostId: "h1", ...link, importId: "i1", firstSeen: AT + 1, lastSeen: AT + 1, current: true },
  ]);
  await storage.close();
});
