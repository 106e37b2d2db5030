import { type Process, PROTOCOL_VERSION, ReportEnvelope } from "@portolan/protocol";
import type { Rejection, SpoolState } from "@portolan/protocol";
import type { z } from "zod";
import type { AcceptedFlow, AcceptedListener, AcceptedReport } from "../storage/accepted-report.ts";
import { acceptAddressDependencies, acceptDirectory } from "./accept-directory.ts";
import { acceptFlow } from "./accept-flow.ts";
import { acceptHost } from "./accept-host.ts";
import { acceptLoad } from "./accept-load.ts";
import type { SeenAt } from "./accept-flow.ts";
import { checkItems, CHECKS } from "./check-items.ts";
import type { Findings } from "./check-items.ts";
import { contentHash } from "./content-hash.ts";
import { exactCounts } from "./exact-counts.ts";
import { describeIssue, shown } from "./describe-issue.ts";
import { normaliseAddress } from "./normalise-address.ts";
import { reportTimes } from "./report-times.ts";
import { siteDay } from "./site-day.ts";
import { countUnknownKeys } from "./unknown-keys.ts";

export interface AcceptContext {
  /** Milliseconds since 1970 UTC, by the collector's clock. */
  receivedAt: number;
  /** The sender's clock when it sent this attempt, as its Date header says; absent for a report from a file. */
  sentAt?: number;
  /** A valid IANA name. */
  timeZoneOfSite: string;
  /** Whose secret came with the report; absent for one from a file. */
  agentId?: string;
}

export type AcceptedOutcome =
  | { ok: true; report: AcceptedReport; rejected: Rejection[]; unknownKeys: number; spool?: SpoolState }
  | { ok: false; code: "invalid_report" | "unsupported_protocol_version"; issues: Rejection[] };

type Envelope = z.infer<typeof ReportEnvelope>;

/**
 * Checks a report and puts it into the storage's terms. The envelope must be whole; of the items a bad one costs only
 * itself and is named by path and reason. Times come out by the collector's clock. Never throws for any JSON value that
 * is shallow (nesting.ts): whoever reads one sees to that.
 */
export function acceptReport(body: unknown, context: AcceptContext): AcceptedOutcome {
  const version = spokenVersion(body);
  if (Number.isInteger(version) && version !== PROTOCOL_VERSION) {
    const reason = `expected ${PROTOCOL_VERSION}, the version that this collector speaks, got ${shown(version)}`;
    return { ok: false, code: "unsupported_protocol_version", issues: [{ path: "protocolVersion", reason }] };
  }
  const parsed = ReportEnvelope.safeParse(body);
  if (!parsed.success) return invalid(parsed.error.issues.map((issue) => describeIssue(issue, body, [])));
  const issues = envelopeIssues(parsed.data, context);
  if (issues.length > 0) return invalid(issues);
  const hash = contentHash(body as Record<string, unknown>);
  const findings: Findings = { rejected: [], unknownKeys: countUnknownKeys(body, parsed.data) };
  const { spool } = parsed.data.agent;
  return { ok: true, report: accept(parsed.data, hash, context, findings), ...findings, ...(spool && { spool }) };
}

function invalid(issues: Rejection[]): AcceptedOutcome {
  return { ok: false, code: "invalid_report", issues };
}

function spokenVersion(body: unknown): unknown {
  return typeof body === "object" && body !== null && "protocolVersion" in body ? body.protocolVersion : undefined;
}

function envelopeIssues(envelope: Envelope, { agentId }: AcceptContext): Rejection[] {
  const issues: Rejection[] = [];
  const { agent } = envelope;
  if (agentId !== undefined && agent.id !== agentId) {
    issues.push({ path: "agent.id", reason: `expected ${agentId}, whose secret was sent, got ${shown(agent.id)}` });
  }
  return issues;
}

function accept(
  envelope: Envelope,
  hash: string,
  { receivedAt, sentAt, timeZoneOfSite, agentId }: AcceptContext,
  findings: Findings,
): AcceptedReport {
  const { agent, sequence } = envelope;
  // The report's own sentAt is the time of its first attempt: after an outage that says nothing about the clock, unless
  // it is still to come.
  const firstSentAt = Date.parse(envelope.sentAt);
  const clockNow = sentAt ?? (agentId !== undefined && firstSentAt > receivedAt ? firstSentAt : undefined);
  const times = reportTimes(
    { from: Date.parse(envelope.window.from), to: Date.parse(envelope.window.to) },
    { receivedAt, ...(clockNow !== undefined && { sentAt: clockNow }) },
  );
  const processes = checkItems(CHECKS.process, envelope.processes, "processes", findings);
  const host = envelope.host === undefined ? undefined : acceptHost(envelope.host, findings);
  const addressDependencies = host && acceptAddressDependencies(envelope.host, findings);
  const directory =
    envelope.directory === undefined ? undefined : acceptDirectory(envelope.directory, times.seenAt, findings);
  const listeners = envelope.listeners && acceptListeners(envelope.listeners, processes, findings);
  const sources = checkItems(CHECKS.source, envelope.sources, "sources", findings).filter(
    (source) => source !== undefined,
  );
  const flows = acceptFlows(
    envelope.flows,
    { processes, seenAt: times.seenAt, isExact: exactCounts(sources), timeZoneOfSite },
    findings,
  );
  const load = envelope.load && acceptLoad(envelope.load, times.seenAt, timeZoneOfSite, findings);
  const clock = times.clock();
  return {
    agentId: agent.id,
    epoch: sequence.epoch,
    number: sequence.number,
    contentHash: hash,
    receivedAt,
    skewMs: (sentAt ?? firstSentAt) - receivedAt,
    ...(clock && { clock }),
    agentVersion: agent.version,
    window: times.window,
    days: daysOf(times.window, timeZoneOfSite),
    sources,
    ...(host && { host }),
    ...(directory && { directory }),
    ...(addressDependencies && { addressDependencies }),
    ...(listeners && { listeners }),
    ...(load && { load }),
    flows,
  };
}

/** What a report says about all of its flows. */
interface FlowContext {
  processes: readonly (Process | undefined)[];
  /** A flow's times by the collector's clock. */
  seenAt: (sent: SeenAt) => SeenAt;
  isExact: ReturnType<typeof exactCounts>;
  timeZoneOfSite: string;
}

function acceptFlows(
  inputs: readonly unknown[],
  { processes, seenAt, isExact, timeZoneOfSite }: FlowContext,
  findings: Findings,
): AcceptedFlow[] {
  const accepted: AcceptedFlow[] = [];
  const timeOf = timesOfReport();
  for (const [index, flow] of checkItems(CHECKS.flow, inputs, "flows", findings).entries()) {
    if (!flow) continue;
    const seen = seenAt({ firstSeen: timeOf(flow.firstSeen), lastSeen: timeOf(flow.lastSeen) });
    const process = processAt(flow.process, processes, () => `flows[${index}].process`, findings);
    accepted.push(acceptFlow(flow, seen, process, isExact(flow), timeZoneOfSite));
  }
  return accepted;
}

/** Milliseconds since 1970 UTC. The flows of a report share the few moments at which their sources looked. */
function timesOfReport(): (text: string) => number {
  const known = new Map<string, number>();
  return (text) => {
    let time = known.get(text);
    if (time === undefined) known.set(text, (time = Date.parse(text)));
    return time;
  };
}

function acceptListeners(
  inputs: readonly unknown[],
  processes: readonly (Process | undefined)[],
  findings: Findings,
): AcceptedListener[] {
  const accepted: AcceptedListener[] = [];
  for (const [index, listener] of checkItems(CHECKS.listener, inputs, "listeners", findings).entries()) {
    if (!listener) continue;
    const { process: processIndex, scope, ...socket } = listener;
    const process = processAt(processIndex, processes, () => `listeners[${index}].process`, findings);
    accepted.push({
      ...socket,
      address: normaliseAddress(socket.address),
      ...(process && { process }),
      ...(scope !== undefined && { scope }),
    });
  }
  return accepted;
}

/** What names no usable process is kept without one: who talked to whom is worth more than by which program. */
function processAt(
  index: number | undefined,
  processes: readonly (Process | undefined)[],
  path: () => string,
  { rejected }: Findings,
): Process | undefined {
  if (index === undefined) return undefined;
  const process = processes[index];
  if (process) return process;
  const reason =
    index < processes.length
      ? `expected a process that was taken, got ${index}, which was rejected; kept without process`
      : `expected an index below ${processes.length}, got ${index}; kept without process`;
  rejected.push({ path: path(), reason });
  return undefined;
}

/** An agent's report lies in one day of its own: in a window that is longer, nobody looked in between. */
function daysOf({ from, to }: { from: number; to: number }, timeZone: string): string[] {
  return [...new Set([siteDay(from, timeZone), siteDay(to, timeZone)])];
}
