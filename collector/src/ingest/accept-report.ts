import { HostFacts, type Process, PROTOCOL_VERSION, ReportEnvelope } from "@portolan/protocol";
import type { Rejection } from "@portolan/protocol";
import type { z } from "zod";
import type { AcceptedFlow, AcceptedListener, AcceptedReport } from "../storage/storage.ts";
import { acceptFlow } from "./accept-flow.ts";
import { checkItem, checkItems, CHECKS } from "./check-items.ts";
import type { Findings } from "./check-items.ts";
import { contentHash, TooDeepError } from "./content-hash.ts";
import { describeIssue, shown } from "./describe-issue.ts";
import { normaliseAddress } from "./normalise-address.ts";
import { siteDay } from "./site-day.ts";
import { timeProblem } from "./time-bounds.ts";
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
  | { ok: true; report: AcceptedReport; rejected: Rejection[]; unknownKeys: number }
  | { ok: false; code: "invalid_report" | "unsupported_protocol_version"; issues: Rejection[] };

type Envelope = z.infer<typeof ReportEnvelope>;

const DAY_MS = 86_400_000;
/** The spool never merges across a day; a window as long as this is a fault, and would claim days nobody watched. */
const LONGEST_WINDOW_DAYS = 31;

/**
 * Checks a report and puts it into the storage's terms. The envelope must be whole; of the items a bad one costs only
 * itself and is named by path and reason. Times are not corrected by the agent's skew. Never throws for any JSON value.
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
  try {
    const hash = contentHash(body as Record<string, unknown>);
    const findings: Findings = { rejected: [], unknownKeys: countUnknownKeys(body, parsed.data) };
    return { ok: true, report: accept(parsed.data, hash, context, findings), ...findings };
  } catch (error) {
    if (error instanceof TooDeepError) return invalid([{ path: "", reason: error.message }]);
    throw error;
  }
}

function invalid(issues: Rejection[]): AcceptedOutcome {
  return { ok: false, code: "invalid_report", issues };
}

function spokenVersion(body: unknown): unknown {
  return typeof body === "object" && body !== null && "protocolVersion" in body ? body.protocolVersion : undefined;
}

function envelopeIssues(envelope: Envelope, { agentId }: AcceptContext): Rejection[] {
  const issues: Rejection[] = [];
  const { agent, window } = envelope;
  const from = Date.parse(window.from);
  if (agentId !== undefined && agent.id !== agentId) {
    issues.push({ path: "agent.id", reason: `expected ${agentId}, whose secret was sent, got ${shown(agent.id)}` });
  }
  for (const key of ["from", "to"] as const) {
    const problem = timeProblem(Date.parse(window[key]));
    if (problem) issues.push({ path: `window.${key}`, reason: `${problem}, got ${shown(window[key])}` });
  }
  if (Date.parse(window.to) - from > LONGEST_WINDOW_DAYS * DAY_MS) {
    const reason = `expected at most ${LONGEST_WINDOW_DAYS} days after window.from, got ${shown(window.to)}`;
    issues.push({ path: "window.to", reason });
  }
  return issues;
}

function accept(
  envelope: Envelope,
  hash: string,
  { receivedAt, sentAt, timeZoneOfSite }: AcceptContext,
  findings: Findings,
): AcceptedReport {
  const { agent, sequence } = envelope;
  const window = { from: Date.parse(envelope.window.from), to: Date.parse(envelope.window.to) };
  const processes = checkItems(CHECKS.process, envelope.processes, "processes", findings);
  const host = envelope.host === undefined ? undefined : checkItem(HostFacts, envelope.host, ["host"], findings);
  const listeners = envelope.listeners && acceptListeners(envelope.listeners, processes, findings);
  return {
    agentId: agent.id,
    epoch: sequence.epoch,
    number: sequence.number,
    contentHash: hash,
    receivedAt,
    // The report's own sentAt is the time of its first attempt: after an outage that says nothing about the clock.
    skewMs: (sentAt ?? Date.parse(envelope.sentAt)) - receivedAt,
    agentVersion: agent.version,
    window,
    days: daysOf(window, timeZoneOfSite),
    sources: checkItems(CHECKS.source, envelope.sources, "sources", findings).filter((source) => source !== undefined),
    ...(host && { host }),
    ...(listeners && { listeners }),
    flows: acceptFlows(envelope.flows, processes, timeZoneOfSite, findings),
  };
}

function acceptFlows(
  inputs: readonly unknown[],
  processes: readonly (Process | undefined)[],
  timeZoneOfSite: string,
  findings: Findings,
): AcceptedFlow[] {
  const accepted: AcceptedFlow[] = [];
  const timeOf = timesOfReport();
  for (const [index, flow] of checkItems(CHECKS.flow, inputs, "flows", findings).entries()) {
    if (!flow) continue;
    const seen = { firstSeen: timeOf(flow.firstSeen), lastSeen: timeOf(flow.lastSeen) };
    const wrong = (["firstSeen", "lastSeen"] as const).filter((key) => timeProblem(seen[key]) !== undefined);
    if (wrong.length > 0) {
      for (const key of wrong) {
        const reason = `${timeProblem(seen[key])}, got ${shown(flow[key])}`;
        findings.rejected.push({ path: `flows[${index}].${key}`, reason });
      }
      continue;
    }
    const process = processAt(flow.process, processes, () => `flows[${index}].process`, findings);
    accepted.push(acceptFlow(flow, seen, process, timeZoneOfSite));
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

function daysOf({ from, to }: { from: number; to: number }, timeZone: string): string[] {
  const days = new Set<string>();
  // Half days: no change of summer time lets a day slip through.
  for (let at = from; at < to; at += DAY_MS / 2) days.add(siteDay(at, timeZone));
  return [...days.add(siteDay(to, timeZone))];
}
