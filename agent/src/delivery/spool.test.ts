import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Draft, splitDraft } from "./report.ts";
import { syntheticDraft } from "./sample-draft.ts";
import { type Spool, SpoolFullError, type Spooled, openSpool } from "./spool.ts";

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
function start(limitBytes = 1e6, quarantineLimitBytes = 1e6, agentVersion = "0.1.0"): Promise<Spool> {
  const limits = { limitBytes, quarantineLimitBytes, agentVersion };
  return openSpool({ directory: spoolDirectory, quarantineDirectory, ...limits, log: silent });
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
  const told = { name: "spool", ok: false, lost: 1, observations: 0 };
  expect(await spool.oldest()).toMatchObject({ draft: { flows: syntheticDraft(2).flows, sources: [told] } });
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
  const half = await again.oldest();
  await again.splitOldest(splitDraft(half?.draft ?? syntheticDraft(0)) ?? [syntheticDraft(0), syntheticDraft(0)]);
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

test("has no room where nothing is left to merge, and again when something was answered", async () => {
  const spool = await start(300);
  await spool.add(syntheticDraft(50));
  await spool.oldest();
  expect(spool.hasRoom()).toBe(true);
  await expect(spool.add(syntheticDraft(50))).rejects.toThrow(SpoolFullError);
  expect(spool.hasRoom()).toBe(false);
  expect(spool.size()).toMatchObject({ full: true, reports: 1, merged: 0 });
  await spool.answered();
  expect(spool.hasRoom()).toBe(true);
  await spool.add(syntheticDraft(50));
  await spool.add(syntheticDraft(40), true);
  expect(spool.size().reports).toBe(2);
});

/** As syntheticDraft, seen on another day. */
function draftOf(day: string, flows: number): Draft {
  const at = `${day}T12:00:00.000Z`;
  const draft = syntheticDraft(flows);
  const seen = { firstSeen: at, lastSeen: at };
  return { ...draft, window: { from: at, to: at }, flows: draft.flows.map((flow) => ({ ...flow, ...seen })) };
}

/** Takes everything out, as a collector would. */
async function drain(spool: Spool): Promise<Spooled[]> {
  const all: Spooled[] = [];
  for (let spooled = await spool.oldest(); spooled; spooled = await spool.oldest()) {
    all.push(spooled);
    await spool.answered();
  }
  return all;
}

const connections = ({ draft }: Spooled) => draft.flows.reduce((sum, flow) => sum + flow.connections, 0);

test("when full, reports of one day become one, counted, and nothing crosses a day or touches a numbered one", async () => {
  const spool = await start(4000);
  await spool.add(draftOf("2026-11-18", 20));
  const numbered = await spool.oldest();
  for (const day of ["2026-11-18", "2026-11-19", "2026-11-20"]) {
    for (let report = 0; report < 40; report++) await spool.add(draftOf(day, 20 + report));
  }
  expect(spool.size().bytes).toBeLessThanOrEqual(4000);
  expect(spool.size().merged).toBeGreaterThan(100);
  const all = await drain(await start(4000));
  expect(all[0]).toEqual(numbered);
  expect(all.reduce((sum, spooled) => sum + connections(spooled), 0)).toBe(20 + 3 * (20 * 40 + (39 * 40) / 2));
  expect(all.reduce((sum, { draft }) => sum + (draft.sources[0]?.observations ?? 0), 0)).toBe(spool.size().merged);
  for (const day of ["2026-11-18", "2026-11-19", "2026-11-20"]) {
    const ofDay = all.filter(({ draft }) => draft.window.from.startsWith(day));
    const ports = new Set(ofDay.flatMap(({ draft }) => draft.flows.map((f) => ("serverPort" in f ? f.serverPort : 0))));
    expect(ports.size).toBe(59);
  }
  for (const { draft } of all) expect(draft.window.to.slice(0, 10)).toBe(draft.window.from.slice(0, 10));
});

test("a merge that was killed before its parts were deleted counts nothing twice", async () => {
  const spool = await start(2000);
  const aside = new Map<string, Buffer>();
  const keep = () => {
    for (const name of readdirSync(spoolDirectory)) {
      if (!aside.has(name)) aside.set(name, readFileSync(join(spoolDirectory, name)));
    }
  };
  let added = 0;
  while (spool.size().merged === 0) {
    await spool.add(draftOf("2026-11-20", 30));
    added += 1;
    if (spool.size().merged === 0) keep();
  }
  const now = readdirSync(spoolDirectory);
  for (const [name, content] of aside) {
    if (!now.includes(name)) writeFileSync(join(spoolDirectory, name), content);
  }
  expect(readdirSync(spoolDirectory).length).toBeGreaterThan(now.length);
  const all = await drain(await start(2000));
  expect(all.reduce((sum, spooled) => sum + connections(spooled), 0)).toBe(30 * added);
});

test("a report that cannot be read now is kept, and does not hold up the others", async () => {
  const spool = await start();
  await spool.add(syntheticDraft(1));
  const path = onlyFile();
  await spool.add(syntheticDraft(2));
  renameSync(path, join(root, "aside"));
  symlinkSync(path, path);
  expect((await spool.oldest())?.draft.flows).toHaveLength(2);
  await spool.answered();
  await expect(spool.oldest()).rejects.toThrow(/ELOOP/);
  expect(spool.size()).toMatchObject({ reports: 1, quarantined: 0 });
  rmSync(path);
  renameSync(join(root, "aside"), path);
  expect((await spool.oldest())?.draft.flows).toHaveLength(1);
});

test("a report keeps the version of the agent that saw it over an upgrade", async () => {
  await (await start(1e6, 1e6, "0.1.0")).add(syntheticDraft(1));
  expect((await (await start(1e6, 1e6, "0.2.0")).oldest())?.agentVersion).toBe("0.1.0");
});

test("reads what an agent without checksums spooled", async () => {
  const name = "00001770000000000-000001.draft.json.gz".slice(3);
  writeFileSync(join(spoolDirectory, name), gzipSync(JSON.stringify(syntheticDraft(3))));
  expect((await (await start()).oldest())?.draft).toEqual(syntheticDraft(3));
});

test("a clock before 1970 gives names that the next start reads", async () => {
  vi.useFakeTimers({ now: -3_600_000, toFake: ["Date"] });
  try {
    await (await start()).add(syntheticDraft(1));
    const sent = await (await start()).oldest();
    expect(sent?.numbering.sentAt).toBe(0);
    expect(await (await start()).oldest()).toEqual(sent);
  } finally {
    vi.useRealTimers();
  }
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
