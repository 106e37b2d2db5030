import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { startDurableCollector } from "./durable-collector.ts";
import { liveSpool, lostKeys } from "./live-spool.ts";
import { startAgent } from "./running-agent.ts";
import { seeded } from "./seeded.ts";

// SIGKILL at 200 seeded steps: open, write, fsync, rename, send, answer, delete, and in the middle of a write.

const CHAINS = 2;
const KILLS_PER_CHAIN = 100;
const KEYS_PER_LIFE = 12;
const KILLER = new URL("./kill-at-step.ts", import.meta.url).href;

/** Lives and kills one after the other on one spool, and then one life that nobody kills. */
async function chain(seed: number) {
  const random = seeded(seed);
  const root = mkdtempSync(join(tmpdir(), "portolan-kill-"));
  const collector = await startDurableCollector(20);
  const kept = new Set<number>();
  const killedAt = new Map<string, number>();
  let slowestMs = 0;
  let kills = 0;
  let lives = 0;
  try {
    const [, steps = "0"] =
      /steps (\d+)/.exec((await liveSpool([join(root, "trial"), collector.url, 0, 12, 1500])).output) ?? [];
    collector.applied.clear();
    while (kills < KILLS_PER_CHAIN && lives < 3 * KILLS_PER_CHAIN) {
      lives += 1;
      const step = 1 + Math.floor(random() * Number(steps));
      // Now with room for everything, now so little that reports are merged.
      const limit = random() < 0.5 ? 1_000_000 : 1500;
      const life = await liveSpool(
        [join(root, "state"), collector.url, lives * KEYS_PER_LIFE, KEYS_PER_LIFE, limit],
        step,
      );
      expect(life.output).not.toMatch(/^exit/);
      for (const key of life.kept) kept.add(key);
      slowestMs = Math.max(slowestMs, life.upMs ?? 0);
      if (life.killed === undefined) continue;
      kills += 1;
      killedAt.set(life.killed, (killedAt.get(life.killed) ?? 0) + 1);
    }
    const last = await liveSpool([join(root, "state"), collector.url, 0, 0, 1_000_000]);
    const damaged = readdirSync(join(root, "state", "quarantine")).filter((name) => name.endsWith(".json.gz"));
    return { collector, kept, killedAt, kills, lives, slowestMs, last, damaged };
  } finally {
    await collector.close();
    rmSync(root, { recursive: true });
  }
}

test("an agent killed at 200 steps loses no spooled report and counts none twice", async () => {
  const chains = await Promise.all(Array.from({ length: CHAINS }, (_, index) => chain(20261121 + index)));
  const kinds = new Set(chains.flatMap(({ killedAt }) => [...killedAt.keys()]));
  for (const { collector, kept, killedAt, kills, lives, slowestMs, last, damaged } of chains) {
    const lost = lostKeys(kept, collector.applied);
    const twice = [...collector.applied].filter(([, connections]) => connections !== 1);
    process.stdout.write(
      `agent killed ${kills} times in ${lives} lives: ${kept.size} reports promised, ${lost.length} lost, ` +
        `${twice.length} flows counted twice, ${collector.duplicates} duplicates sent, slowest start ` +
        `${Math.round(slowestMs)} ms; ${JSON.stringify(Object.fromEntries(killedAt))}\n`,
    );
    expect(kills).toBe(KILLS_PER_CHAIN);
    expect(lost).toEqual([]);
    expect(twice).toEqual([]);
    expect(collector.conflicts).toEqual([]);
    expect(last.output).toMatch(/left 0 .* damaged 0/);
    expect(damaged).toEqual([]);
    expect(slowestMs).toBeLessThan(5000);
  }
  for (const kind of [
    "half written",
    "after fsync",
    "after rename",
    "sent",
    "answer",
    "before delete",
    "after delete",
  ]) {
    expect([...kinds]).toContain(kind);
  }
});

test("the whole agent, killed on its way, starts again by itself and delivers what it left", async () => {
  const root = mkdtempSync(join(tmpdir(), "portolan-kill-"));
  const state = join(root, "state");
  const collector = await startDurableCollector();
  const random = seeded(20261121);
  const starts: number[] = [];
  try {
    for (let life = 0; life < 8; life++) {
      const started = performance.now();
      const agent = startAgent(state, collector.url, `${KILLER}?step=${1 + Math.floor(random() * 15)}`);
      await vi.waitFor(() => expect(agent.log()[0]?.msg).toBe("agent starts"), { timeout: 10_000, interval: 20 });
      starts.push(performance.now() - started);
      await agent.ended;
      expect(agent.child.signalCode).toBe("SIGKILL");
    }
    const last = startAgent(state, collector.url);
    await vi.waitFor(() => expect(readdirSync(join(state, "spool"))).toEqual([]), { timeout: 20_000, interval: 200 });
    last.child.kill("SIGTERM");
    expect(await last.ended).toBe(0);
    process.stdout.write(`whole agent killed 8 times, slowest start ${Math.round(Math.max(...starts))} ms\n`);
    expect(Math.max(...starts)).toBeLessThan(5000);
    expect(collector.conflicts).toEqual([]);
    expect(readdirSync(join(state, "quarantine")).filter((name) => name.endsWith(".json.gz"))).toEqual([]);
  } finally {
    await collector.close();
    rmSync(root, { recursive: true });
  }
});
