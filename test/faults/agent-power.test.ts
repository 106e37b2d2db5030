import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { runsUnderCi } from "../config.ts";
import { startDurableCollector } from "./durable-collector.ts";
import { liveSpool, lostKeys } from "./live-spool.ts";
import { mayBeADisk, mountPowerDisk } from "./mount-power-disk.ts";
import { startAgent } from "./running-agent.ts";
import { seeded } from "./seeded.ts";

// As collector-power.test.ts, on the agent's side: the spool stands on a disk that forgets what was not synced.

const CYCLES = 50;
const KEYS_PER_LIFE = 12;

test.skipIf(!mayBeADisk && !runsUnderCi)(
  "an agent whose power fails 50 times loses no spooled report and counts none twice (needs root and /dev/fuse)",
  async () => {
    const random = seeded(20261121);
    const disk = await mountPowerDisk();
    const collector = await startDurableCollector(20);
    const state = join(disk.folder, "state");
    const kept = new Set<number>();
    let lostWrites = 0;
    let lostNames = 0;
    try {
      const trial = await liveSpool([state, collector.url, 0, KEYS_PER_LIFE, 1500]);
      const [, steps = "0"] = /steps (\d+)/.exec(trial.output) ?? [];
      for (const key of trial.kept) kept.add(key);
      // The folders are the program's that stands in for the agent.
      await disk.settle();
      for (let cycle = 1; cycle <= CYCLES; cycle++) {
        const limit = random() < 0.5 ? 1_000_000 : 1500;
        const step = 1 + Math.floor(random() * Number(steps));
        const life = await liveSpool([state, collector.url, cycle * KEYS_PER_LIFE, KEYS_PER_LIFE, limit], step);
        expect(life.output).not.toMatch(/^exit/);
        for (const key of life.kept) kept.add(key);
        const lost = await disk.cutPower(cycle % 2 === 0 ? 0 : 1 + Math.floor(random() * 1e6));
        lostWrites += lost.lostWrites;
        lostNames += lost.lostNames;
      }
      const last = await liveSpool([state, collector.url, 0, 0, 1_000_000]);
      const lost = lostKeys(kept, collector.applied);
      const twice = [...collector.applied].filter(([, connections]) => connections !== 1);
      process.stdout.write(
        `power cut ${CYCLES} times: ${kept.size} reports promised, ${lost.length} lost, ${twice.length} flows counted ` +
          `twice; the disk forgot ${lostWrites} writes, ${lostNames} changes of names\n`,
      );
      expect(lost).toEqual([]);
      expect(twice).toEqual([]);
      expect(collector.conflicts).toEqual([]);
      expect(last.output).toMatch(/left 0 .* damaged 0/);
      expect(lostNames).toBeGreaterThan(0);
    } finally {
      await collector.close();
      await disk.remove();
    }
  },
);

test.skipIf(!mayBeADisk && !runsUnderCi)(
  "what the whole agent spooled in a folder that it made is there after a power cut (needs root and /dev/fuse)",
  async () => {
    const disk = await mountPowerDisk();
    const state = join(disk.folder, "state");
    const spool = join(state, "spool");
    mkdirSync(state);
    writeFileSync(`${state}.json`, "");
    await disk.settle();
    // Nobody answers there: what it sees stays in its spool.
    const agent = startAgent(state, "http://127.0.0.1:9");
    try {
      await vi.waitFor(() => expect(readdirSync(spool).length).toBeGreaterThan(0), { timeout: 20_000, interval: 200 });
      // A name stands there a moment before it is synced, and only then the report counts as kept.
      const before = readdirSync(spool).filter((name) => !name.endsWith(".tmp"));
      await sleep(1000);
      agent.child.kill("SIGKILL");
      await agent.ended;
      await disk.cutPower(0);
      expect(readdirSync(spool)).toEqual(expect.arrayContaining(before));
    } finally {
      agent.child.kill("SIGKILL");
      await agent.ended;
      await disk.remove();
    }
  },
);
