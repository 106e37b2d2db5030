import type { Directory, HostFacts, Source } from "@portolan/protocol";
import { type ChangeGate, createChangeGate } from "./delivery/change-gate.ts";
import { type Draft, assembleDrafts } from "./delivery/report.ts";
import { createSourceTally } from "./delivery/source-tally.ts";
import { messageOf } from "./errors.ts";
import type { Drained, FlowTable, ListenerMemory } from "./flows/flow-table.ts";
import type { LoadWatch } from "./load/index.ts";
import type { Log } from "./logging.ts";
import type { Sampler } from "./sampling/sampler.ts";

/** Looks at the host again and again, and makes reports of what it saw. */
export interface Observer {
  /** Looks once. A fault is logged and goes into the next report's sources; it never rejects. */
  sample(isLast?: boolean): Promise<void>;
  /** Everything since the last call as reports without number; never one that spans two days. */
  drain(): Draft[];
  /** The facts as they are now, or why they could not be had. */
  setHost(facts: HostFacts | Error): void;
  /** The domain membership as it is now, or why it could not be had. */
  setDirectory(directory: Directory | Error): void;
  /** These facts go into the next report even if they did not change. */
  resend(facts: readonly string[]): void;
  /** Looks are that many seconds apart, longer than asked for, to stay within the CPU budget; undefined when they aren't. */
  slowed(seconds: number | undefined): void;
  /** How the sources fared in the last sample, and when that was (milliseconds since 1970 UTC). */
  last(): { at: number; sources: Source[] } | undefined;
  memory(): ListenerMemory;
  close(): Promise<void>;
}

interface ObserverOptions {
  sampler: Sampler;
  table: FlowTable;
  /** Looks with each sample; without it reports tell no load. */
  load?: LoadWatch | undefined;
  timeZone: string;
  log: Log;
  now?: () => number;
}

export function createObserver({ sampler, table, load, timeZone, log, now = Date.now }: ObserverOptions): Observer {
  const hostGate = createChangeGate();
  const listenerGate = createChangeGate();
  const directoryGate = createChangeGate();
  const tally = createSourceTally();
  let host: HostFacts | Error | undefined;
  let directory: Directory | Error | undefined;
  let ready: Draft[] = [];
  let last: { at: number; sources: Source[] } | undefined;
  let lastLook = now();
  let slowedTo: number | undefined;

  const close = (): void => {
    const { from, to, processes, flows, listeners, uncounted } = table.drain();
    const sources = tally.take();
    const [tables] = sources;
    if (tables && slowedTo !== undefined)
      addReason(tables, `looks ${Math.round(slowedTo)} s apart to stay within the CPU budget`);
    if (tables) tellUncounted(tables, uncounted);
    const { hours, trouble } = load?.take() ?? { hours: [] };
    if (trouble) sources.push(trouble);
    if (host instanceof Error) sources.push(failure("inventory", host.message, 0));
    if (directory instanceof Error) sources.push(failure("directory", directory.message, 0));
    const changedHost = passed(host, hostGate, stableText);
    const changedDirectory = passed(directory, directoryGate, stableMembership);
    // Indexes of processes differ from window to window: compare what they stand for.
    const named = listeners.map(({ process, ...listener }) => [
      listener,
      process === undefined ? null : processes[process],
    ]);
    const sendListeners = last !== undefined && listenerGate.pass(JSON.stringify(named), now());
    const facts = {
      ...(changedHost && { host: changedHost }),
      ...(changedDirectory && { directory: changedDirectory }),
      ...(sendListeners && { listeners }),
      ...(hours.length > 0 && { load: hours }),
    };
    ready.push(...assembleDrafts({ from, to, timeZone, sources, processes, flows, ...facts }));
  };

  /** Facts that must go out now: they changed, or were asked for. */
  function passed<Facts>(
    facts: Facts | Error | undefined,
    gate: ChangeGate,
    textOf: (facts: Facts) => string,
  ): Facts | undefined {
    if (facts === undefined || facts instanceof Error) return undefined;
    return gate.pass(textOf(facts), now()) ? facts : undefined;
  }

  return {
    async sample(isLast = false) {
      const started = now();
      await load?.look();
      try {
        const snapshot = await sampler.sample(isLast);
        // The window of a day ends with the last look of that day.
        if (last !== undefined && localDay(last.at) !== localDay(snapshot.at)) close();
        table.observe(snapshot);
        tally.add(snapshot.sources);
        last = { at: snapshot.at, sources: snapshot.sources };
      } catch (error) {
        const source = failure("sampler", messageOf(error), started - lastLook);
        tally.add([source]);
        log.error({ err: error }, "looking at the sockets failed");
      }
      lastLook = started;
    },
    drain() {
      close();
      const drafts = ready;
      ready = [];
      return drafts;
    },
    setHost(facts) {
      host = facts;
    },
    setDirectory(membership) {
      directory = membership;
    },
    resend(facts) {
      if (facts.includes("directory")) directoryGate.reset();
      if (facts.includes("host")) hostGate.reset();
      if (facts.includes("listeners")) listenerGate.reset();
    },
    slowed(seconds) {
      slowedTo = seconds;
    },
    last: () => last,
    memory: () => table.memory(),
    close: () => sampler.close(),
  };
}

function tellUncounted(tables: Source, { unplaced, beyond }: Drained["uncounted"]): void {
  tables.lost += unplaced + beyond;
  if (unplaced > 0) addReason(tables, `of ${unplaced} resets the own address is not known`);
  if (beyond > 0) addReason(tables, `${beyond} rows beyond the connections that are followed at once`);
}

function addReason(source: Source, reason: string): void {
  source.reason = (source.reason === undefined ? reason : `${source.reason}; ${reason}`).slice(0, 1024);
}

function failure(name: string, reason: string, gapMs: number): Source {
  const gap = Math.max(0, gapMs);
  return {
    name,
    ok: false,
    reason: reason.slice(0, 1024),
    observations: 0,
    lost: 0,
    gapMs: gap,
    cpuMs: 0,
    blindTo: [],
  };
}

/** A disk that fills by less than a hundredth of its size is no change. */
function stableText(host: HostFacts): string {
  const disks = host.disks.map((disk) => ({ ...disk, usedBytes: Math.round((100 * disk.usedBytes) / disk.sizeBytes) }));
  return JSON.stringify({ ...host, disks });
}

/** That it was checked again, and how long that took, is no change. */
function stableMembership({ checkedAt: _checkedAt, probeMs: _probeMs, ...membership }: Directory): string {
  return JSON.stringify(membership);
}

/** A number per calendar day of the process's time zone. */
function localDay(at: number): number {
  const date = new Date(at);
  return date.getFullYear() * 372 + date.getMonth() * 31 + date.getDate();
}
