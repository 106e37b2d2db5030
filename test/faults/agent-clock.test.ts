import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { startDurableCollector } from "./durable-collector.ts";
import { startAgent } from "./running-agent.ts";

// The double checks each report against the protocol's schema and would answer 400.

const HOURS = 3_600_000;
const CLOCK = new URL("./shift-clock.ts", import.meta.url).href;

test.concurrent.each([
  ["10 h ahead", 10 * HOURS, 10 * HOURS],
  ["10 h behind", -10 * HOURS, -10 * HOURS],
  ["in 1970", 60_000 - Date.now(), 60_000 - Date.now()],
  ["set back by 10 h while it runs", 0, -10 * HOURS],
  ["set from 1970 to the right time while it runs", 60_000 - Date.now(), 0],
])("an agent with its clock %s goes on reporting", async (_what, ms, thenMs) => {
  const root = mkdtempSync(join(tmpdir(), "portolan-clock-"));
  const collector = await startDurableCollector();
  const agent = startAgent(join(root, "state"), collector.url, `${CLOCK}?ms=${ms}&thenMs=${thenMs}&after=4000`);
  try {
    await vi.waitFor(() => expect(collector.reports.length).toBeGreaterThan(2), { timeout: 40_000, interval: 200 });
    agent.child.kill("SIGTERM");
    expect(await agent.ended).toBe(0);
    expect(collector.conflicts).toEqual([]);
    expect(readdirSync(join(root, "state", "quarantine"))).toEqual([]);
    expect(readdirSync(join(root, "state", "spool"))).toEqual([]);
    const offsets = collector.reports.map(({ sentAt }) => Date.parse(sentAt) - Date.now());
    expect(Math.abs((offsets[0] ?? 0) - ms)).toBeLessThan(60_000);
    expect(Math.abs((offsets.at(-1) ?? 0) - thenMs)).toBeLessThan(60_000);
  } finally {
    agent.child.kill("SIGKILL");
    await collector.close();
    rmSync(root, { recursive: true });
  }
});
