import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startCollector, type EnrolledCollector } from "./enrolled-collector.ts";
import { startAgent, type RunningAgent } from "./running-agent.ts";

// Real agents whose clocks are wrong, and a real collector whose clock is right.

const HOURS = 3_600_000;
const SECONDS = 1000;
const CLOCK = new URL("./shift-clock.ts", import.meta.url).href;

let collector: EnrolledCollector;
beforeAll(async () => {
  collector = await startCollector();
});
afterAll(() => collector.close());

interface AgentItem {
  id: string;
  host: string;
  skewMs?: number;
  lastReportAt: string;
  correctedReports?: number;
  misplacedReports?: number;
}

const ofAgent = async (id: string) => (await collector.list<AgentItem>("agents")).find((agent) => agent.id === id);
const utcDay = (at: number) => new Date(at).toISOString().slice(0, 10);

/** Then the agent must end by itself, and does in any case. */
async function whileItRuns({ child, ended }: RunningAgent, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
  } finally {
    child.kill("SIGKILL");
  }
}

test.concurrent.each([
  ["10 h ahead", 10 * HOURS, 10 * HOURS],
  ["10 h behind", -10 * HOURS, -10 * HOURS],
  ["in 1970", 60_000 - Date.now(), 60_000 - Date.now()],
  ["30 years ahead", 262_980 * HOURS, 262_980 * HOURS],
  ["set back by 10 h while it runs", 0, -10 * HOURS],
  ["set from 1970 to the right time while it runs", 60_000 - Date.now(), 0],
])(
  "with its clock %s, an agent's reports are taken, and all times are the collector's",
  async (what, ms, thenMs) => {
    const agent = await collector.enrol(`host ${what}`);
    const state = join(collector.work.folder, agent.id);
    const started = Date.now();
    const running = startAgent(state, collector.url, `${CLOCK}?ms=${ms}&thenMs=${thenMs}&after=6000`, agent);
    const reports = async () => {
      const { correctedReports = 0, misplacedReports = 0, lastReportAt } = (await ofAgent(agent.id)) ?? {};
      return lastReportAt !== undefined && Date.parse(lastReportAt) > started + 12 * SECONDS
        ? correctedReports + misplacedReports
        : 0;
    };
    await whileItRuns(running, async () => {
      await vi.waitFor(async () => expect(await reports()).toBeGreaterThan(0), {
        timeout: 90 * SECONDS,
        interval: 500,
      });
    });
    for (const folder of ["quarantine", "spool"]) expect(readdirSync(join(state, folder))).toEqual([]);
    const { skewMs = NaN } = (await ofAgent(agent.id)) ?? {};
    expect(Math.abs(skewMs - thenMs)).toBeLessThan(30 * SECONDS);
  },
  180_000,
);

test("nothing of it reaches the days, the hosts or the flows, and the skew is shown", async () => {
  const now = Date.now();
  // All agents above ran within the last minutes, by the collector's clock.
  const [early, late] = [now - 600 * SECONDS, now + 10 * SECONDS];
  collector.analysed();
  const { days, notes } = await collector.get<{ days: string[]; notes: string[] }>("coverage");
  expect(days.every((day) => day === utcDay(early) || day === utcDay(now))).toBe(true);
  const seen = [
    ...(await collector.list<{ firstSeen: string; lastSeen: string }>("hosts?kind=managed")),
    ...(await collector.list<{ firstSeen: string; lastSeen: string }>("flows")),
  ];
  expect(seen.length).toBeGreaterThanOrEqual(6);
  for (const { firstSeen, lastSeen } of seen) {
    expect(Date.parse(firstSeen)).toBeGreaterThan(early);
    expect(Date.parse(lastSeen)).toBeLessThan(late);
    expect(Date.parse(lastSeen)).toBeGreaterThanOrEqual(Date.parse(firstSeen));
  }
  const { out } = collector.work.portolan(["agents", "--data", collector.data]);
  expect(out).toMatch(/3600\d s ahead|35999 s ahead/);
  expect(out).toMatch(/3600\d s behind|35999 s behind/);
  expect(notes.join("\n")).toContain("times are corrected");
});

test("an agent whose secret is refused keeps what it has, and never enrols by itself", async () => {
  const agent = await collector.enrol("revoked");
  const state = join(collector.work.folder, "revoked");
  const before = (await collector.list<AgentItem>("agents")).length;
  expect(collector.work.portolan(["token", "revoke", `agent-${agent.id}`, "--data", collector.data]).code).toBe(0);
  const running = startAgent(state, collector.url, undefined, agent);
  const refused = () => running.log().filter(({ msg }) => msg.includes("does not know this agent's secret"));
  await whileItRuns(running, async () => {
    await vi.waitFor(() => expect(refused()).toHaveLength(1), { timeout: 60 * SECONDS, interval: 200 });
    await vi.waitFor(() => expect(readdirSync(join(state, "spool")).length).toBeGreaterThan(1), {
      timeout: 60 * SECONDS,
      interval: 200,
    });
  });
  expect(JSON.parse(readFileSync(join(state, "identity.json"), "utf8"))).toMatchObject({ agentId: agent.id });
  expect(await collector.list<AgentItem>("agents")).toHaveLength(before);
  expect(readdirSync(join(state, "quarantine"))).toEqual([]);
});
