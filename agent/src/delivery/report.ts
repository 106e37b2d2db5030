import type {
  Directory,
  Flow,
  HostFacts,
  Listener,
  LoadHour,
  Process,
  Report,
  Source,
  SpoolState,
} from "@portolan/protocol";
import { AGENT_VERSION } from "../version.ts";
import { PROTOCOL_VERSION, REPORT_LIMITS } from "./wire.ts";

/** A report that was not sent yet: it has no number, and may still be split. */
export type Draft = Omit<Report, "agent" | "sequence" | "sentAt">;

/** What a report is made of; times in milliseconds since 1970 UTC. */
export interface DraftParts {
  from: number;
  to: number;
  timeZone: string;
  sources: Source[];
  host?: HostFacts;
  directory?: Directory;
  /** Present when they changed or were asked for. */
  listeners?: Listener[];
  load?: LoadHour[];
  processes: Process[];
  flows: Flow[];
}

/** Makes of one window as few reports as the limits allow; host facts, directory, listeners and load go with the first. */
export function assembleDrafts(
  parts: DraftParts,
  limits: { flows: number; listeners: number } = REPORT_LIMITS,
): Draft[] {
  const { listeners } = parts;
  const sources = parts.sources.slice(0, REPORT_LIMITS.sources - 1);
  if (listeners !== undefined && listeners.length > limits.listeners) {
    sources.push(cutListeners(listeners.length - limits.listeners));
  }
  const envelope = {
    protocolVersion: PROTOCOL_VERSION,
    window: { from: new Date(parts.from).toISOString(), to: new Date(parts.to).toISOString() },
    timeZone: parts.timeZone,
  } as const;
  const drafts = [
    draftOf(
      {
        ...envelope,
        sources,
        ...(parts.host && { host: parts.host }),
        ...(parts.directory && { directory: parts.directory }),
        ...(parts.load && { load: parts.load }),
      },
      parts.flows.slice(0, limits.flows),
      parts.processes,
      listeners?.slice(0, limits.listeners),
    ),
  ];
  for (let at = limits.flows; at < parts.flows.length; at += limits.flows) {
    drafts.push(draftOf({ ...envelope, sources: [] }, parts.flows.slice(at, at + limits.flows), parts.processes));
  }
  return drafts;
}

/** Splits a draft that a collector found too large, or says that it cannot be split. */
export function splitDraft(draft: Draft): [Draft, Draft] | undefined {
  const { flows, processes, listeners, host: _host, directory: _directory, load: _load, ...envelope } = draft;
  if (flows.length < 2) return undefined;
  const middle = Math.ceil(flows.length / 2);
  const { processes: _all, flows: _flows, listeners: _listeners, ...first } = draft;
  return [
    draftOf(first, flows.slice(0, middle), processes, listeners),
    draftOf({ ...envelope, sources: [] }, flows.slice(middle), processes),
  ];
}

/**
 * Gives a draft its identity and number, and so makes it a report. The same input gives the same report.
 *
 * @param version of the agent that saw it, where that may be an earlier one than this.
 */
export function numberDraft(
  draft: Draft,
  agentId: string,
  sequence: { epoch: string; number: number },
  sentAt: number,
  version = AGENT_VERSION,
  spool?: SpoolState,
): Report {
  return {
    ...draft,
    agent: { id: agentId, version, ...(spool && { spool }) },
    sequence: { epoch: sequence.epoch, number: sequence.number },
    sentAt: new Date(sentAt).toISOString(),
  };
}

/** Keeps only the processes that the items refer to, and their indexes right. */
function draftOf(
  envelope: Omit<Draft, "processes" | "flows" | "listeners">,
  flows: Flow[],
  processes: Process[],
  listeners?: Listener[],
): Draft {
  const kept: Process[] = [];
  const indexes = new Map<number, number>();
  const reindex = <Item extends { process?: number | undefined }>(item: Item): Item => {
    const process = item.process === undefined ? undefined : processes[item.process];
    if (item.process === undefined || process === undefined) return item;
    let index = indexes.get(item.process);
    if (index === undefined) {
      index = kept.push(process) - 1;
      indexes.set(item.process, index);
    }
    return { ...item, process: index };
  };
  return {
    ...envelope,
    ...(listeners && { listeners: listeners.map(reindex) }),
    flows: flows.map(reindex),
    processes: kept,
  };
}

function cutListeners(lost: number): Source {
  const reason = `${lost} listeners did not fit into the report`;
  return { name: "listeners", ok: false, reason, observations: 0, lost, gapMs: 0, cpuMs: 0, blindTo: [] };
}
