import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { splitDraft } from "./report.ts";
import { syntheticDraft } from "./sample-draft.ts";
import { type Spool, openSpool } from "./spool.ts";

let root: string;
let spoolDirectory: string;
let quarantineDirectory: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "portolan-spool-"));
  spoolDirectory = join(root, "spool");
  quarantineDirectory = join(root, "quarantine");
  mkdirSync(spoolDirectory);
  mkdirSync(quarantineDirectory);
});
afterEach(() => rmSync(root, { recursive: true }));

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Opens the spool as a start of the agent does; an earlier one is as good as killed. */
function start(limitBytes = 1e6, quarantineLimitBytes = 1e6): Promise<Spool> {
  return openSpool({ directory: spoolDirectory, quarantineDirectory, limitBytes, quarantineLimitBytes, log: silent });
}

function onlyFile(): string {
  const [file, ...more] = readdirSync(spoolDirectory);
  expect(more).toEqual([]);
  return join(spoolDirectory, file ?? "");
}

test("gives reports back oldest first, numbered from 1, and forgets those answered", async () => {
  const spool = await start();
  await spool.add(syntheticDraft(1));
  await spool.add(syntheticDraft(2));
  const first = await spool.oldest();
  expect(first).toMatchObject({ draft: syntheticDraft(1), numbering: { number: 1 } });
  expect(await spool.oldest()).toEqual(first);
  await spool.answered();
  expect(await spool.oldest()).toMatchObject({ draft: syntheticDraft(2), numbering: { number: 2 } });
  await spool.answered();
  expect(await spool.oldest()).toBeUndefined();
  expect(spool.size()).toMatchObject({ reports: 0, bytes: 0 });
  expect(readdirSync(spoolDirectory)).toEqual([]);
});

test("a report keeps epoch, number and time of its first attempt over a restart; others get the new epoch", async () => {
  const before = await start();
  await before.add(syntheticDraft(1));
  await before.add(syntheticDraft(2));
  const sent = await before.oldest();
  const after = await start();
  expect(await after.oldest()).toEqual(sent);
  await after.answered();
  const next = await after.oldest();
  expect(next).toMatchObject({ draft: syntheticDraft(2), numbering: { number: 1 } });
  expect(next?.numbering.epoch).not.toBe(sent?.numbering.epoch);
});

test.each([
  ["torn", (file: string) => truncateSync(file, 40)],
  ["empty", (file: string) => truncateSync(file, 0)],
  ["overwritten", (file: string) => writeFileSync(file, "not gzip")],
])("a %s file goes into quarantine at start, and the rest is sent", async (_what, damage) => {
  await (await start()).add(syntheticDraft(1));
  damage(onlyFile());
  await (await start()).add(syntheticDraft(2));
  const spool = await start();
  expect(spool.size()).toMatchObject({ reports: 1, quarantined: 1 });
  expect(await spool.oldest()).toMatchObject({ draft: syntheticDraft(2) });
  const reason = readdirSync(quarantineDirectory).find((name) => name.endsWith(".reason"));
  expect(readFileSync(join(quarantineDirectory, reason ?? ""), "utf8")).toMatch(/unreadable/);
});

test("a file damaged while the agent runs goes into quarantine too", async () => {
  const spool = await start();
  await spool.add(syntheticDraft(1));
  truncateSync(onlyFile(), 40);
  expect(await spool.oldest()).toBeUndefined();
  expect(spool.size()).toMatchObject({ reports: 0, bytes: 0, quarantined: 1 });
});

test("what a killed write left, and strangers' files, do not stop the start", async () => {
  writeFileSync(join(spoolDirectory, "00000000000001-000001.draft.json.gz.tmp"), "half");
  writeFileSync(join(spoolDirectory, "notes.txt"), "");
  expect((await start()).size()).toMatchObject({ reports: 0, quarantined: 2 });
});

test("a split that was killed before the whole was deleted is undone, so that nothing counts twice", async () => {
  const spool = await start();
  await spool.add(syntheticDraft(4));
  const whole = await spool.oldest();
  const wholeFile = onlyFile();
  const aside = join(root, "aside");
  copyFileSync(wholeFile, aside);
  const halves = splitDraft(syntheticDraft(4));
  if (!halves || !whole) throw new Error("expected two halves");
  await spool.splitOldest(halves);
  copyFileSync(aside, wholeFile);
  const after = await start();
  expect(after.size().reports).toBe(1);
  expect(await after.oldest()).toEqual(whole);
});

test("halves are sent in place of the whole, with numbers of their own, and may be split again", async () => {
  const spool = await start();
  await spool.add(syntheticDraft(4));
  await spool.add(syntheticDraft(1));
  await spool.oldest();
  await spool.splitOldest(splitDraft(syntheticDraft(4)) ?? [syntheticDraft(0), syntheticDraft(0)]);
  const again = await start();
  await again.splitOldest(
    splitDraft((await again.oldest())?.draft ?? syntheticDraft(0)) ?? [syntheticDraft(0), syntheticDraft(0)],
  );
  const sizes = [];
  for (let spooled = await again.oldest(); spooled; spooled = await again.oldest()) {
    sizes.push([spooled.draft.flows.length, spooled.numbering.number]);
    await again.answered();
  }
  expect(sizes).toEqual([
    [1, 2],
    [1, 3],
    [2, 4],
    [1, 5],
  ]);
});

test("has no room past its limit, and again when something was answered", async () => {
  const spool = await start(300);
  expect(spool.hasRoom()).toBe(true);
  await spool.add(syntheticDraft(50));
  expect(spool.hasRoom()).toBe(false);
  expect(spool.size().full).toBe(true);
  await spool.oldest();
  await spool.answered();
  expect(spool.hasRoom()).toBe(true);
});

test("the quarantine forgets its oldest rather than fill the disk", async () => {
  const spool = await start(1e6, 600);
  for (let round = 0; round < 5; round++) {
    await spool.add(syntheticDraft(3));
    await spool.oldest();
    await spool.quarantineOldest("HTTP 400");
  }
  expect(spool.size().quarantined).toBeLessThan(5);
  expect(spool.size().quarantined).toBeGreaterThan(0);
  expect((await start()).size().quarantined).toBe(spool.size().quarantined);
});
