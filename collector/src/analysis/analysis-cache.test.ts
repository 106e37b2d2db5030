import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStorage } from "../storage/open.ts";
import type { Storage } from "../storage/storage.ts";
import { analysesOf, type AnalysisCache } from "./analysis-cache.ts";

let dataDir: string;
let storage: Storage;
let cache: AnalysisCache;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "portolan-analysis-"));
  storage = await openStorage({ dataDir });
  let now = Date.parse("2026-03-10T12:00:00Z");
  // Each look at the clock costs a second, so that a build takes long enough to be put off.
  cache = analysesOf(storage, () => (now += 1000));
});
afterEach(async () => {
  await storage.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const writeZone = (name: string) =>
  storage.writeZones([{ name, cidr: "10.0.0.0/8", site: "default", kind: "servers" }], undefined, {
    kind: "system",
    id: "test",
  });
const zoneNames = async () => (await cache.current()).zones.map((zone) => zone.name);

test("evidence that comes right after a build waits, so that builds take a bounded share of the time", async () => {
  expect(await zoneNames()).toEqual([]);
  await writeZone("web");
  expect(await zoneNames()).toEqual([]);
});

test("what a person changed shows in the next answer", async () => {
  await zoneNames();
  await writeZone("web");
  cache.forget();
  expect(await zoneNames()).toEqual(["web"]);
});

test("a build that began before the change is not kept for those who ask after it", async () => {
  const before = cache.current();
  await writeZone("web");
  cache.forget();
  expect(await zoneNames()).toEqual(["web"]);
  await before;
  expect(await zoneNames()).toEqual(["web"]);
});
