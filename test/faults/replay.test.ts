import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openThreadedStorage, type AcceptedReport } from "@portolan/collector";
import { expect, test } from "vitest";
import {
  enrolled,
  MINUTE,
  NOON,
  source,
  syntheticFacts,
  syntheticFlow,
  syntheticReport,
} from "../contract/synthetic.ts";
import { seeded } from "./seeded.ts";

// Twelve agents of two starts each; all their reports come 1,000 times over, in another order each time.

const SEED = 20261121;
const REPLAYS = 1000;
const AGENTS = Array.from({ length: 12 }, (_, index) => `a${index}`);
const EPOCHS = ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"];
const REPORTS_PER_EPOCH = 6;
const LAST_MINUTE = EPOCHS.length * REPORTS_PER_EPOCH;

/** Everything that can be overwritten says which minute it is of. */
function minuteOf(agentId: string, minute: number): AcceptedReport {
  const epoch = EPOCHS[minute <= REPORTS_PER_EPOCH ? 0 : 1] ?? "";
  const seen = { firstSeen: NOON + minute * MINUTE, lastSeen: NOON + minute * MINUTE + MINUTE };
  return syntheticReport(agentId, minute, {
    epoch,
    number: minute <= REPORTS_PER_EPOCH ? minute : minute - REPORTS_PER_EPOCH,
    contentHash: `${agentId} ${minute}`,
    host: { ...syntheticFacts, hostname: `${agentId}-${minute}`, memoryBytes: minute },
    listeners: [{ protocol: "tcp", address: "0.0.0.0", port: 1000 + minute }],
    sources: [source({ observations: minute, lost: 1 })],
    flows: [syntheticFlow({ ...seen }), syntheticFlow({ ...seen, remoteAddress: `10.9.0.${minute}` })],
  });
}

test(`reports that come ${REPLAYS} times, in any order, count once each, and older never overwrites newer`, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "portolan-replay-"));
  const storage = await openThreadedStorage({ dataDir });
  try {
    for (const agent of AGENTS) await enrolled(storage, agent);
    const random = seeded(SEED);
    const all = AGENTS.flatMap((agent) =>
      Array.from({ length: LAST_MINUTE }, (_, index) => minuteOf(agent, index + 1)),
    );
    let applied = 0;
    let duplicates = 0;
    for (let round = 0; round < REPLAYS; round++) {
      const order = all.map((report) => ({ report, at: random() })).toSorted((a, b) => a.at - b.at);
      const results = await storage.saveReports(order.map(({ report }) => report));
      applied += results.filter((result) => result.applied).length;
      duplicates += results.filter((result) => result.duplicate).length;
      expect(results.filter(({ conflict, error, clone }) => conflict || error || clone)).toEqual([]);
    }
    expect({ applied, duplicates }).toEqual({ applied: all.length, duplicates: all.length * (REPLAYS - 1) });

    const flows = await storage.listFlows();
    const connections = flows.flatMap((flow) => flow.connectionsByDay).reduce((sum, day) => sum + day.connections, 0);
    expect(connections).toBe(AGENTS.length * LAST_MINUTE * 2);
    expect(flows).toHaveLength(AGENTS.length * (LAST_MINUTE + 1));
    const end = NOON + LAST_MINUTE * MINUTE + MINUTE;
    for (const host of await storage.listHosts()) {
      expect(host.name).toMatch(new RegExp(`-${LAST_MINUTE}$`));
      expect(host).toMatchObject({ facts: { memoryBytes: LAST_MINUTE }, firstSeen: NOON + MINUTE, lastSeen: end });
      expect(host).not.toHaveProperty("cloneOf");
    }
    const open = (await storage.listListeners()).filter((listener) => listener.open);
    expect(open.map(({ port }) => port)).toEqual(AGENTS.map(() => 1000 + LAST_MINUTE));
    for (const { sources } of await storage.listCoverage()) {
      expect(sources).toMatchObject([{ observations: LAST_MINUTE, totalLost: LAST_MINUTE }]);
    }
    process.stdout.write(
      `seed ${SEED}: ${all.length * REPLAYS} deliveries of ${all.length} reports: ${applied} applied\n`,
    );
  } finally {
    await storage.close();
    const db = new DatabaseSync(join(dataDir, "portolan.db"), { readOnly: true });
    const counted = db.prepare("SELECT count(*) AS rows FROM applied_interval").get();
    db.close();
    rmSync(dataDir, { recursive: true });
    expect(counted).toEqual({ rows: AGENTS.length * EPOCHS.length });
  }
});
