import { statSync } from "node:fs";
import { join } from "node:path";
import { namesIn } from "../names-in.ts";
import { readKnownAgent } from "../state/identity.ts";
import { lockHolder } from "../state/lock.ts";
import { type StateDir, stateDirAt } from "../state/state-dir.ts";
import { type Status, readStatus } from "../state/status.ts";
import { AGENT_VERSION } from "../version.ts";
import type { Streams } from "./streams.ts";

interface StatusReport extends Partial<Omit<Status, "spool">> {
  enrolled: boolean;
  running: boolean;
  agentId?: string;
  url?: string;
  site?: string;
  version: string;
  /** Counted now; the limit and whether it was reached as the last run left them. */
  spool: Partial<Status["spool"]> & ReturnType<typeof countSpool>;
}

/** Says who this agent is and how it fares; reads files only, so that it also works when no agent runs. */
export async function run(options: { state: string; json?: boolean }, { stdout }: Streams): Promise<number> {
  const state = stateDirAt(options.state);
  const identity = readKnownAgent(state);
  const pid = lockHolder(state.lock);
  const { pid: _pid, ...left }: Partial<Status> = readStatus(state.status) ?? {};
  const report: StatusReport = {
    enrolled: identity !== undefined,
    running: pid !== undefined,
    ...(pid !== undefined && { pid }),
    ...(identity && { agentId: identity.agentId, url: identity.url, site: identity.site }),
    version: AGENT_VERSION,
    ...left,
    spool: { ...left.spool, ...countSpool(state) },
  };
  stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : `${readable(report, state).join("\n")}\n`);
  return 0;
}

function countSpool(state: StateDir): { reports: number; bytes: number; quarantined: number } {
  const spooled = namesIn(state.spool).filter((name) => name.endsWith(".json.gz"));
  const bytes = spooled.reduce((sum, name) => sum + sizeOf(join(state.spool, name)), 0);
  const quarantined = namesIn(state.quarantine).filter((name) => !name.endsWith(".reason")).length;
  return { reports: spooled.length, bytes, quarantined };
}

/** Zero where the agent deleted the file since it was listed. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** What the last run merged and what the disk cost it, where there is any. */
function coarsened({ merged = 0, damaged = 0 }: Partial<Status["spool"]>): string {
  return `${merged > 0 ? `, ${merged} merged as it was full` : ""}${damaged > 0 ? `, ${damaged} damaged` : ""}`;
}

function readable(report: StatusReport, state: StateDir): string[] {
  const { spool, lastAnswer, lastError } = report;
  const lines = [
    report.enrolled
      ? `agent      ${report.agentId} at site ${report.site}, collector ${report.url}`
      : `agent      not enrolled (no ${state.identity})`,
    report.running ? `running    as process ${report.pid} since ${report.startedAt}` : "running    no",
    `spool      ${spool.reports} reports, ${spool.bytes} bytes${spool.full === true ? ", FULL" : ""}; ${spool.quarantined} in quarantine${coarsened(spool)}`,
  ];
  if (report.lastSampleAt) lines.push(`sampled    ${report.lastSampleAt}`);
  if (lastAnswer)
    lines.push(`answer     HTTP ${lastAnswer.status} at ${lastAnswer.at}, ${lastAnswer.rejected ?? 0} items rejected`);
  if (lastError) lines.push(`last error ${lastError.message} (${lastError.at})`);
  if (report.authorised === false)
    lines.push("           the collector does not know this agent; enrol it again with --force");
  for (const source of report.sources ?? []) {
    lines.push(`source     ${source.name}: ${source.ok ? "ok" : "FAILED"}${source.reason ? `, ${source.reason}` : ""}`);
  }
  return lines;
}
