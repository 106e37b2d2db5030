import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStorage } from "../storage/open.ts";
import { openDatabase } from "../storage/sqlite/database.ts";
import { serverCertificate } from "../tls/certificates.ts";
import { checkDataDir } from "./check-data-dir.ts";

const NOW = Date.parse("2026-11-21T07:00:00Z");
const DAY = 86_400_000;

let dataDir: string;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "portolan-doctor-"));
  const storage = await openStorage({ dataDir });
  await storage.savePlan({ id: "p", createdAt: NOW, document: {} }, { kind: "system", id: "test" });
  await storage.close();
  await serverCertificate(dataDir, "chart01", "10.0.0.1", NOW);
  writeFileSync(join(dataDir, "cli.json"), JSON.stringify({ url: "http://127.0.0.1:7440", token: "ptn_x" }), {
    mode: 0o600,
  });
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const wrong = (now = NOW) =>
  checkDataDir(dataDir, undefined, now)
    .filter((finding) => !finding.ok)
    .map((finding) => finding.subject);

test("a sound folder has nothing wrong, running or not, and each finding is one line", async () => {
  expect(wrong()).toEqual([]);
  const storage = await openStorage({ dataDir });
  expect(wrong()).toEqual([]);
  await storage.close();
  const findings = checkDataDir(dataDir, undefined, NOW);
  expect(findings.map((finding) => finding.subject)).toEqual(
    expect.arrayContaining(["schema", "integrity", "references", "clock", "disk", "server certificate", "cli.json"]),
  );
  for (const { detail } of findings) expect(detail).not.toContain("\n");
});

test("a clock that stands before what was written is wrong", () => {
  expect(wrong(NOW - DAY)).toEqual(["clock"]);
});

test("certificates that are over, or nearly", () => {
  expect(wrong(NOW + 390 * DAY)).toEqual(["server certificate"]);
  expect(wrong(NOW + 4000 * DAY)).toEqual(["own authority", "server certificate"]);
});

test("a key that is another's", () => {
  const folder = join(dataDir, "tls");
  writeFileSync(join(folder, "server.key"), readFileSync(join(folder, "ca.key")));
  expect(wrong()).toEqual(["server certificate"]);
});

test("files with secrets that others may read", () => {
  chmodSync(join(dataDir, "cli.json"), 0o644);
  chmodSync(join(dataDir, "portolan.db"), 0o640);
  expect(wrong()).toEqual(["database file", "cli.json"]);
});

test("machines that run with the identity of another, until they are silent", () => {
  const path = join(dataDir, "portolan.db");
  const db = openDatabase(path);
  db.exec(`INSERT INTO site VALUES (1, 'seoul', 'UTC');
    INSERT INTO host (host_key, site_key, managed, name, name_key, short_key) VALUES (1, 1, 1, 'app01', 'app01', 'app01');
    INSERT INTO host (site_key, managed, name, name_key, short_key, clone_of, last_seen)
      VALUES (1, 1, 'app02', 'app02', 'app02', 1, ${NOW})`);
  const found = checkDataDir(dataDir, undefined, NOW).find((finding) => finding.subject === "clones");
  expect(found).toMatchObject({ ok: false, detail: expect.stringContaining("app02 (app01)") });
  db.exec(`UPDATE host SET last_seen = ${NOW - 2 * DAY}`);
  db.close();
  expect(wrong()).toEqual([]);
});

test("a damaged database, and rows that point at nothing", () => {
  const path = join(dataDir, "portolan.db");
  const db = openDatabase(path);
  db.pragma("foreign_keys = OFF");
  db.exec("INSERT INTO host (site_key, managed, name, name_key, short_key) VALUES (77, 1, 'a', 'a', 'a')");
  db.close();
  expect(wrong()).toEqual(["references"]);
  writeFileSync(path, readFileSync(path).fill(7, 4096));
  expect(wrong()).toHaveLength(1);
  expect(checkDataDir(dataDir, undefined, NOW).map((finding) => finding.subject)).not.toContain("references");
});

test("a database of a later Portolan, another program's, or none", () => {
  const path = join(dataDir, "portolan.db");
  const db = openDatabase(path);
  db.pragma("user_version = 99");
  db.close();
  expect(wrong()).toEqual(["database"]);
  writeFileSync(path, "something else".repeat(100));
  expect(wrong()).toEqual(["database"]);
  rmSync(path);
  expect(wrong()).toEqual(["database"]);
  expect(checkDataDir(join(dataDir, "nowhere"), undefined, NOW)[0]).toMatchObject({
    ok: false,
    detail: expect.stringContaining("does not exist"),
  });
});
