import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { freePort, openWorkplace } from "../e2e/local-collector.ts";
import { enrolmentToken } from "./enrolment-token.ts";
import { integrityOf, openStorm } from "./report-storm.ts";
import { seeded } from "./seeded.ts";

// SIGKILL of the whole collector (all its threads) at 200 seeded points, under reports of several senders.

const CHAINS = 2;
const KILLS_PER_CHAIN = 100;
const SENDERS = 5;
const FLOWS_PER_REPORT = 8;
/** By then each kill has come; a life that lasts longer is cut short by the test's own time limit. */
const MOST_PER_LIFE = 2000;
const KILLER = new URL("./kill-collector-at-step.ts", import.meta.url).href;

/** How often a step of each kind may come before the kill: a life's start has some statements and renames itself. */
const KINDS: readonly [kind: string, most: number][] = [
  ["report arrives", 60],
  ["statement", 600],
  ["before commit", 20],
  ["after commit", 20],
  ["answer to the main thread", 60],
  ["before answer", 60],
  ["after answer", 60],
  ["rename", 4],
  // From outside, wherever it is just then: also within a commit, or in another thread.
  ["any time", 400],
];

/** What is there right after a kill, looked at in a copy: the next start finds it as it was. */
function integrityAfterKill(path: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), "portolan-copy-"));
  try {
    for (const ending of ["", "-wal"])
      if (existsSync(path + ending)) copyFileSync(path + ending, join(folder, `copy.db${ending}`));
    return integrityOf(join(folder, "copy.db"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function chain(seed: number) {
  const random = seeded(seed);
  const work = openWorkplace();
  const data = join(work.folder, "data");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const killedAt = new Map<string, number>();
  let slowestMs = 0;
  const start = async (options: string[]) => {
    const started = performance.now();
    const serving = await work.serve(data, port, options);
    slowestMs = Math.max(slowestMs, performance.now() - started);
    return serving;
  };
  try {
    const first = await start([]);
    const storm = await openStorm(url, await enrolmentToken(url, data), SENDERS, FLOWS_PER_REPORT);
    await first.stop();
    for (let kills = 0; kills < KILLS_PER_CHAIN; kills++) {
      const [kind, most] = KINDS[kills % KINDS.length] ?? ["any time", 400];
      const nth = 1 + Math.floor(random() * most);
      const query = new URLSearchParams({ kind, nth: String(nth) }).toString();
      const life = await start(["--import", `${KILLER}?${query}`]).catch((error: Error) => error);
      if (life instanceof Error) {
        // It may be killed before it listens; any other end is a start that failed.
        expect(life.message).toContain("serve ended with null: ");
        expect(life.message).toContain(`killed ${kind} ${nth}\n`);
      } else {
        const gone = storm.send(url, MOST_PER_LIFE);
        if (kind === "any time") {
          await sleep(nth);
          process.kill(life.pid ?? 0, "SIGKILL");
        }
        expect(await gone).toEqual([]);
        expect(await life.ended).toBe(null);
        if (kind !== "any time") expect(life.log()).toContain(`killed ${kind} ${nth}\n`);
      }
      killedAt.set(kind, (killedAt.get(kind) ?? 0) + 1);
      expect(integrityAfterKill(join(data, "portolan.db"))).toEqual([]);
    }
    // The last life, that nobody kills, takes what is left.
    const last = await start([]);
    expect(await storm.send(url, 1)).toEqual([]);
    expect(await last.stop()).toBe(0);
    const differences = await storm.differences(data);
    return { killedAt, slowestMs, ...storm.tally(), differences, damage: integrityOf(join(data, "portolan.db")) };
  } finally {
    work.close();
  }
}

test(
  "a collector killed at 200 points keeps every answered report, and counts none twice",
  { timeout: 900_000 },
  async () => {
    const chains = await Promise.all(Array.from({ length: CHAINS }, (_, index) => chain(20261121 + index)));
    for (const { killedAt, slowestMs, answered, duplicates, differences, damage } of chains) {
      const kills = [...killedAt.values()].reduce((sum, count) => sum + count, 0);
      process.stdout.write(
        `collector killed ${kills} times: ${answered} reports answered, ${differences.length} flows lost or counted twice, ` +
          `${duplicates} came again after a commit without an answer, slowest start ${Math.round(slowestMs)} ms; ` +
          `${JSON.stringify(Object.fromEntries(killedAt))}\n`,
      );
      expect(kills).toBe(KILLS_PER_CHAIN);
      expect(differences).toEqual([]);
      expect(damage).toEqual([]);
      // Each kill between a commit and its answers leaves at least one report that its sender must send again.
      expect(duplicates).toBeGreaterThanOrEqual(killedAt.get("after commit") ?? Infinity);
    }
  },
);
