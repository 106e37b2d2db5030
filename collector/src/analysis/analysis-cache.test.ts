import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openStorage } from "../storage/open.ts";
import type { Storage } from "../storage/storage.ts";
import { analysesOf, createAnalysisCache, type AnalysisCache } from "./analysis-cache.ts";
import { analyse } from "./analysis.ts";

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

test("a clock that was set back does not keep an analysis of the future", async () => {
  let now = Date.parse("2031-01-01T00:00:00Z");
  cache = analysesOf(storage, () => now);
  expect(await zoneNames()).toEqual([]);
  await writeZone("web");
  now = Date.parse("2026-03-10T12:00:00Z");
  expect(await zoneNames()).toEqual(["web"]);
});

/** Resolves with false where the answer waits for the build. */
const atOnce = async (answer: Promise<unknown>) =>
  Promise.race([answer.then(() => true), new Promise((resolve) => setTimeout(resolve, 50, false))]);

describe("whoever asks while the next analysis is made", () => {
  let revision: number;
  let clock: number;
  /** Ends the build that is under way. */
  let finish: (outcome: "made" | "failed") => void;
  let builds: number;

  /** An analysis that took a second, SYNTHETIC but for the fields that the cache looks at. */
  const withPatience = (patienceMs: number) =>
    createAnalysisCache({
      async analyse() {
        builds += 1;
        const [asOf, of] = [clock, revision];
        const outcome = await new Promise<string>((resolve) => (finish = resolve));
        clock += 1000;
        if (outcome === "failed") throw new Error("synthetic failure");
        return { ...(await analyse(storage, () => asOf)), revision: of, tookMs: clock - asOf };
      },
      revision: async () => revision,
      clock: () => clock,
      patienceMs,
    });

  beforeEach(async () => {
    [revision, clock, builds] = [1, Date.parse("2026-03-10T12:00:00Z"), 0];
  });

  async function afterOneBuild(patienceMs: number): Promise<AnalysisCache> {
    const analyses = withPatience(patienceMs);
    const first = analyses.current();
    await atOnce(first);
    finish("made");
    expect((await first).revision).toBe(1);
    revision = 2;
    clock += 61_000;
    return analyses;
  }

  test("has the last one at once, and the next when it is there", async () => {
    const analyses = await afterOneBuild(250);
    expect((await analyses.current()).revision).toBe(1);
    expect((await analyses.current()).revision).toBe(1);
    expect(builds).toBe(2);
    finish("made");
    await atOnce(new Promise(() => {}));
    expect((await analyses.current()).revision).toBe(2);
    expect(builds).toBe(2);
  });

  test("waits where that takes no longer than its patience", async () => {
    const analyses = await afterOneBuild(1000);
    const answer = analyses.current();
    expect(await atOnce(answer)).toBe(false);
    finish("made");
    expect((await answer).revision).toBe(2);
  });

  test("waits after a person changed something", async () => {
    const analyses = await afterOneBuild(250);
    analyses.forget();
    const answer = analyses.current();
    expect(await atOnce(answer)).toBe(false);
    finish("made");
    expect((await answer).revision).toBe(2);
  });

  test("is told of a failure by the next build, and not left with an old analysis for ever", async () => {
    const analyses = await afterOneBuild(250);
    expect((await analyses.current()).revision).toBe(1);
    finish("failed");
    await atOnce(new Promise(() => {}));
    const answer = analyses.current();
    expect(await atOnce(answer)).toBe(false);
    finish("failed");
    await expect(answer).rejects.toThrow("synthetic failure");
  });

  test("asks for the pages of one period without a build for each", async () => {
    const analyses = withPatience(250);
    const first = analyses.of({ since: "2026-03-01" });
    await atOnce(first);
    finish("made");
    await first;
    await analyses.of({ since: "2026-03-01" });
    expect(builds).toBe(1);
    void analyses.of({ since: "2026-03-02" });
    expect(builds).toBe(2);
  });
});
