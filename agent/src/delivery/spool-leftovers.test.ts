import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import type * as files from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { syntheticDraft } from "./sample-draft.ts";
import { openSpool } from "./spool.ts";

const disk = vi.hoisted(() => ({ refusals: 0, unsynced: 0 }));
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof files>();
  return {
    ...real,
    async open(path: string, ...how: [string, number?]) {
      if (disk.unsynced > 0 && path.endsWith("spool")) {
        disk.unsynced -= 1;
        throw Object.assign(new Error("EIO: synthetic"), { code: "EIO" });
      }
      return real.open(path, ...how);
    },
    async rm(path: string, options: { force: boolean }) {
      if (disk.refusals > 0) {
        disk.refusals -= 1;
        throw Object.assign(new Error("EIO: synthetic"), { code: "EIO" });
      }
      await real.rm(path, options);
    },
  };
});

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "portolan-leftovers-"));
  mkdirSync(join(root, "spool"));
  mkdirSync(join(root, "quarantine"));
});
afterEach(() => rmSync(root, { recursive: true }));

const silent = { debug() {}, info() {}, warn() {}, error() {} };

function start() {
  return openSpool({
    directory: join(root, "spool"),
    quarantineDirectory: join(root, "quarantine"),
    limitBytes: 2000,
    quarantineLimitBytes: 1e6,
    agentVersion: "0.1.0",
    log: silent,
  });
}

test("a part that could not be deleted counts once, also when its sum was merged again before a crash", async () => {
  const spool = await start();
  const [from, to] = ["2026-11-20T12:00:00.000Z", "2026-11-20T12:01:00.000Z"];
  const draft = { ...syntheticDraft(30), window: { from, to } };
  let added = 0;
  disk.refusals = 1;
  while (spool.size().merged < 6) {
    const isKept = await spool.add(draft).then(
      () => true,
      () => false,
    );
    added += Number(isKept);
  }
  expect(disk.refusals).toBe(0);
  const again = await start();
  let connections = 0;
  for (let spooled = await again.oldest(); spooled; spooled = await again.oldest()) {
    connections += spooled.draft.flows.reduce((sum, flow) => sum + flow.connections, 0);
    await again.answered();
  }
  expect(connections).toBe(30 * added);
});

test("a report whose folder can neither be synced nor rid of it stands here, and is not given back", async () => {
  const spool = await start();
  disk.unsynced = 1;
  disk.refusals = 1;
  await spool.add(syntheticDraft(1));
  expect(disk).toEqual({ refusals: 0, unsynced: 0 });
  expect(await spool.oldest()).toMatchObject({ draft: syntheticDraft(1) });
  await spool.answered();
  expect(await spool.oldest()).toBeUndefined();
});
