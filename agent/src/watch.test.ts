import type { HostFacts } from "@portolan/protocol";
import { expect, test, vi } from "vitest";
import type { Draft } from "./delivery/report.ts";
import { syntheticDraft } from "./delivery/sample-draft.ts";
import type { Observer } from "./observer.ts";
import { watch } from "./watch.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Counts looks; each drain gives one report with as many flows as there were looks since the last. */
function observerDouble(): Observer {
  let looks = 0;
  return {
    async sample() {
      looks += 1;
    },
    drain() {
      const draft = syntheticDraft(looks);
      looks = 0;
      return [draft];
    },
    setHost() {},
    setDirectory() {},
    resend() {},
    slowed() {},
    last: () => undefined,
    memory: () => ({ listeners: [] }),
    async close() {},
  };
}

interface Told {
  hasRoom?: () => boolean;
  deliver?: (drafts: Draft[]) => Draft[];
  inventory?: () => Promise<HostFacts>;
}

/** Watches for as many looks as asked, 50 ms apart; gives the flows of each report that was taken. */
async function watchFor(looks: number, told: Told = {}): Promise<number[]> {
  const taken: number[] = [];
  const controller = new AbortController();
  let seen = 0;
  await watch(
    {
      observer: observerDouble(),
      inventory: told.inventory ?? (() => Promise.reject(new Error("none"))),
      directory: () => Promise.reject(new Error("none")),
      pace: { sampleSeconds: 0.05, reportSeconds: 0.05, inventorySeconds: 3600, cpuPercent: 100 },
      log: silent,
      hasRoom: told.hasRoom ?? (() => true),
      async deliver(drafts) {
        const left = told.deliver?.(drafts) ?? [];
        if (left.length === 0) taken.push(...drafts.map((draft) => draft.flows.length));
        return left;
      },
      async looked() {
        if (++seen === looks) controller.abort();
      },
    },
    controller.signal,
  );
  return taken;
}

test("reports with the first look, and once more when stopped", async () => {
  expect(await watchFor(1)).toEqual([1, 1]);
});

test("while there is no room nothing is drained, and nothing is lost when stopped", async () => {
  expect(await watchFor(4, { hasRoom: () => false })).toEqual([5]);
});

test("a report that the disk refused is offered again, the same, before the next", async () => {
  let refusals = 2;
  const offered: Draft[][] = [];
  const deliver = (drafts: Draft[]) => {
    offered.push(drafts);
    return refusals-- > 0 ? drafts : [];
  };
  const taken = await watchFor(4, { deliver });
  expect(offered[1]).toBe(offered[0]);
  expect(offered[2]).toBe(offered[0]);
  expect(taken.reduce((sum, flows) => sum + flows, 0)).toBe(5);
});

test("the first report waits for the host's facts, not for ever", async () => {
  const started = Date.now();
  const { promise, resolve } = Promise.withResolvers<HostFacts>();
  setTimeout(() => resolve({} as never), 200);
  await watchFor(2, { inventory: () => promise });
  expect(Date.now() - started).toBeGreaterThanOrEqual(190);
});

test("a clock that is set back puts no report off", async () => {
  let now = Date.now();
  const clock = vi.spyOn(Date, "now").mockImplementation(() => (now -= 60_000));
  try {
    expect((await watchFor(4)).length).toBeGreaterThan(2);
  } finally {
    clock.mockRestore();
  }
});
