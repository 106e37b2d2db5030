import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStorage, StorageTooNewError, StorageUnavailableError } from "@portolan/collector";
import Sqlite from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort, openWorkplace, type Workplace } from "../e2e/local-collector.ts";
import { enrolmentToken, localToken } from "./enrolment-token.ts";
import { openStorm } from "./report-storm.ts";
import { seeded } from "./seeded.ts";

// One seeded bit flipped in a database that a collector wrote: in its header, anywhere in its pages, or in its
// write-ahead log as a kill left it. SQLite has checksums in the log alone. Of the pages it can see what contradicts
// itself; a bit within a number or a text is a different number or text, and nobody can tell (docs/reliability.md). So
// the test holds what can be held, and counts the rest.

const HEADER_FLIPS = 150;
const PAGE_FLIPS = 350;
const LOG_FLIPS = 100;
const HEADER_BYTES = 100;
const DATABASE = "portolan.db";
const PAGE_BYTES = 4096;

let work: Workplace;
let scratch: string;
/** As it is after a clean end, and after a kill, with the log beside it. */
let closed: string;
let killed: string;
beforeAll(async () => {
  work = openWorkplace();
  scratch = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "portolan-flips-"));
  [closed, killed] = [join(scratch, "closed"), join(scratch, "killed")];
  const data = join(work.folder, "data");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const first = await work.serve(data, port);
  const storm = await openStorm(url, await enrolmentToken(url, data), 4, 50);
  await storm.send(url, 15);
  await first.stop();
  cpSync(data, closed, { recursive: true });
  const second = await work.serve(data, port);
  await storm.send(url, 10);
  process.kill(second.pid ?? 0, "SIGKILL");
  await second.ended;
  cpSync(data, killed, { recursive: true });
}, 120_000);
afterAll(() => {
  work.close();
  rmSync(scratch, { recursive: true });
});

/** Everything that is read of a store, as text. */
async function contentOf(dataDir: string): Promise<string> {
  const storage = await openStorage({ dataDir });
  try {
    const [hosts, listeners, flows] = [
      await storage.listHosts(),
      await storage.listListeners(),
      await storage.listFlows(),
    ];
    const [agents, tokens] = [await storage.listAgents(), await storage.listTokens()];
    const [coverage, audit] = [await storage.listCoverage(), await storage.listAudit(1000)];
    return JSON.stringify({ hosts, listeners, flows, agents, tokens, coverage, audit });
  } finally {
    await storage.close();
  }
}

type Verdict = "refused at start" | "noticed when read" | "nothing changed" | "changed unseen";

/** @param truth what an unharmed copy holds */
async function verdictOf(dataDir: string, truth: string): Promise<Verdict> {
  let isOpen = false;
  try {
    const storage = await openStorage({ dataDir });
    isOpen = true;
    await storage.close();
    return (await contentOf(dataDir)) === truth ? "nothing changed" : "changed unseen";
  } catch (error) {
    const isRefusal = error instanceof StorageUnavailableError || error instanceof StorageTooNewError;
    // At start nothing else may come out: it would be a stack trace instead of a sentence.
    if (!isOpen && !isRefusal) throw error;
    if (!isOpen && error instanceof StorageUnavailableError) expect(error.message).toContain("portolan restore");
    return isOpen ? "noticed when read" : "refused at start";
  }
}

/** What SQLite's own checks say of a file, before anybody opened it to write. */
function isNoticedBy(check: "quick_check" | "integrity_check", path: string): boolean {
  let db: Sqlite.Database | undefined;
  try {
    db = new Sqlite(path, { readonly: true });
    return db.pragma(`${check}(1)`, { simple: true }) !== "ok";
  } catch {
    return true;
  } finally {
    db?.close();
  }
}

interface Count {
  verdicts: Record<Verdict, number>;
  quick: number;
  full: number;
}

/** Flips one bit a time between two offsets of a file in copies of a folder. */
async function flip(
  seed: number,
  folder: string,
  file: string,
  flips: number,
  from: number,
  to?: number,
): Promise<Count> {
  const random = seeded(seed);
  const whole = readFileSync(join(folder, file));
  const truth = await contentOf(copyOf(folder));
  const count: Count = {
    verdicts: { "refused at start": 0, "noticed when read": 0, "nothing changed": 0, "changed unseen": 0 },
    quick: 0,
    full: 0,
  };
  for (let round = 0; round < flips; round++) {
    const offset = from + Math.floor(random() * ((to ?? whole.length) - from));
    const damaged = Buffer.from(whole);
    damaged[offset] = (whole[offset] ?? 0) ^ (1 << Math.floor(random() * 8));
    const copy = copyOf(folder);
    writeFileSync(join(copy, file), damaged);
    count.quick += Number(isNoticedBy("quick_check", join(copy, DATABASE)));
    const isNoticed = isNoticedBy("integrity_check", join(copy, DATABASE));
    count.full += Number(isNoticed);
    const verdict = await verdictOf(copy, truth).catch((error: unknown) => {
      throw new Error(`offset ${offset} of ${file}`, { cause: error });
    });
    count.verdicts[verdict] += 1;
    if (isNoticed) expect([offset, verdict]).toEqual([offset, "refused at start"]);
  }
  process.stdout.write(
    `${flips} flips in ${file} (${from} to ${to ?? whole.length}): ${JSON.stringify(count.verdicts)}, ` +
      `quick_check notices ${count.quick}, integrity_check ${count.full}\n`,
  );
  return count;
}

function copyOf(folder: string): string {
  const copy = join(scratch, "copy");
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy);
  for (const ending of ["", "-wal"])
    if (existsSync(join(folder, DATABASE + ending)))
      copyFileSync(join(folder, DATABASE + ending), join(copy, DATABASE + ending));
  return copy;
}

test("a flipped bit that SQLite can see is never served", async () => {
  const header = await flip(1, closed, DATABASE, HEADER_FLIPS, 0, HEADER_BYTES);
  const pages = await flip(2, closed, DATABASE, PAGE_FLIPS, HEADER_BYTES);
  const log = await flip(3, killed, `${DATABASE}-wal`, LOG_FLIPS, 0);
  // A header has nothing that evidence is made of.
  expect(header.verdicts["changed unseen"]).toBe(0);
  // The full check sees what the quick one does, and indexes that do not fit their tables.
  expect(pages.quick).toBeGreaterThan(PAGE_FLIPS / 10);
  expect(pages.full).toBeGreaterThanOrEqual(pages.quick);
  // The log ends for SQLite where a checksum is wrong: as after a power cut, the commits from there on never were.
  expect(log.verdicts["changed unseen"] + log.verdicts["nothing changed"]).toBe(LOG_FLIPS);
});

/** Wherever it stands: pages keep what was there before. */
function renameInSchema(bytes: Buffer, name: string, other: string): void {
  for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name)) bytes.write(other, at);
}

test("serve refuses a damaged database in one sentence that names the way out, and a backup is that", async () => {
  const data = join(work.folder, "refused");
  const whole = readFileSync(join(closed, DATABASE));
  const wayOut = "portolan restore puts a backup in its place";
  const damages: [what: string, damage: (bytes: Buffer) => void, said?: string][] = [
    ["the magic of its header", (bytes) => bytes.writeUInt8(0x54, 0)],
    ["the kind of a page", (bytes) => bytes.writeUInt8(0x33, PAGE_BYTES)],
    ["a name in its schema", (bytes) => renameInSchema(bytes, "last_report_at", "mast_report_at")],
    ["its end", (bytes) => bytes.fill(0xaa, bytes.length / 2)],
    ["its version", (bytes) => bytes.writeUInt32BE(99, 60), "storage version 99, which needs a newer Portolan"],
  ];
  for (const [what, damage, said = wayOut] of damages) {
    mkdirSync(data);
    const bytes = Buffer.from(whole);
    damage(bytes);
    writeFileSync(join(data, DATABASE), bytes);
    const { code, out, err } = work.portolan(["serve", "--data", data, "--listen", `127.0.0.1:${await freePort()}`]);
    expect([what, code, out, err.trim().split("\n").length]).toEqual([what, 1, "", 1]);
    expect([what, err]).toEqual([what, expect.stringContaining(said)]);
    // Nothing was written to what a specialist may still read.
    expect(readFileSync(join(data, DATABASE)).equals(bytes)).toBe(true);
    expect(work.portolan(["restore", join(closed, DATABASE), "--data", data]).code).toBe(0);
    const life = await work.serve(data, await freePort());
    expect(await life.stop()).toBe(0);
    rmSync(data, { recursive: true });
  }
});

test("damage under a running collector ends the writes, not the collector, and is said wherever one looks", async () => {
  const data = join(work.folder, "running");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const first = await work.serve(data, port);
  const storm = await openStorm(url, await enrolmentToken(url, data), 3, 50);
  expect(await storm.send(url, 20)).toEqual([]);
  await first.stop();
  const life = await work.serve(data, port);
  const get = (path: string) => fetch(url + path, { headers: { authorization: `Bearer ${localToken(data)}` } });
  const path = join(data, DATABASE);
  const bytes = readFileSync(path);
  // The kind of every page but the first.
  for (let page = PAGE_BYTES; page < bytes.length; page += PAGE_BYTES) bytes.writeUInt8(0x33, page);
  writeFileSync(path, bytes);
  // What a connection has in its memory it may still give; each commit of another makes it look again.
  await storm.send(url, 1);
  expect((await get("/api/v1/flows")).status).toBe(503);
  const refusals = await storm.send(url, 1);
  expect(refusals).toHaveLength(3);
  for (const { status, headers, body } of refusals) {
    expect([status, headers["retry-after"]]).toEqual([503, "30"]);
    expect(JSON.parse(body)).toMatchObject({
      code: "storage_unavailable",
      detail: expect.stringContaining("portolan restore"),
    });
  }
  const ready = await get("/readyz");
  expect([ready.status, await ready.json()]).toEqual([503, { status: "failing", reason: "corrupt" }]);
  expect((await get("/healthz")).status).toBe(200);
  expect(life.log()).toContain("portolan restore puts a backup in its place");
  await life.stop();
});
