import type { Instructions } from "@portolan/protocol";
import { type Config, loadConfig, proxyOf } from "../config.ts";
import type { Draft } from "../delivery/report.ts";
import { createSender } from "../delivery/sender.ts";
import { SpoolFullError, openSpool } from "../delivery/spool.ts";
import { AgentError, messageOf } from "../errors.ts";
import { type FaultLog, type Log, createFaultLog, createLog } from "../logging.ts";
import { replaceFile } from "../state/atomic-file.ts";
import { type Sealer, readIdentity } from "../state/identity.ts";
import { readListenerMemory } from "../state/listener-memory.ts";
import { takeLock } from "../state/lock.ts";
import { createProbeMemory } from "../state/probe-memory.ts";
import { sealerOfThisHost } from "../state/sealer.ts";
import { type StateDir, makeStateDir } from "../state/state-dir.ts";
import { createStatusFile } from "../state/status.ts";
import { AGENT_VERSION } from "../version.ts";
import { type Pace, watch } from "../watch.ts";
import { inventoryOf, observeHost } from "./observing.ts";
import { stopSignal } from "./stop-signal.ts";
import type { Streams } from "./streams.ts";

/** How long stopping may take to hand the last report over. */
const LAST_ATTEMPT_MS = 3000;

/** There is no identity to report with. */
export class NotEnrolledError extends AgentError {
  override name = "NotEnrolledError";
}

/** What a service manager's way of running has instead of signals and standard error. */
export interface ServiceSurroundings {
  stopped: AbortSignal;
  log(least: Config["logLevel"]): Log;
  /** Called when nothing more stands in the way of watching. */
  started(): void;
}

/** Watches this host and reports to its collector until SIGINT, SIGTERM or the service's end. */
export async function run(
  options: { config?: string; state: string },
  streams: Streams,
  service?: ServiceSurroundings,
): Promise<number> {
  const config = loadConfig(options.config);
  const state = makeStateDir(options.state);
  const sealer = await sealerOfThisHost();
  const identity = readIdentity(state, sealer);
  if (identity === undefined) {
    throw new NotEnrolledError(`not enrolled: there is no ${state.identity}; run portolan-agent enrol first`);
  }
  const unlock = takeLock(state.lock);
  const stop = stopSignal();
  service?.stopped.addEventListener("abort", stop.stop);
  try {
    const log = service?.log(config.logLevel) ?? createLog(config.logLevel, streams.stderr);
    service?.started();
    log.info({ version: AGENT_VERSION, agent: identity.agentId, url: identity.url, state: state.root }, "agent starts");
    await serve(config, state, log, stop.signal, sealer);
    log.info({}, "agent stopped");
    return 0;
  } finally {
    stop.release();
    unlock();
  }
}

async function serve(config: Config, state: StateDir, log: Log, signal: AbortSignal, sealer?: Sealer): Promise<void> {
  const spool = await openSpool({
    directory: state.spool,
    quarantineDirectory: state.quarantine,
    agentVersion: AGENT_VERSION,
    limitBytes: config.spoolMegabytes * 1e6,
    quarantineLimitBytes: config.quarantineMegabytes * 1e6,
    log,
  });
  const pace: Pace = { ...config };
  const now = new Date().toISOString();
  const initial = { pid: process.pid, startedAt: now, updatedAt: now, spool: spool.size(), authorised: true };
  const status = createStatusFile(state.status, { ...initial, ...paceOf(pace) }, log);
  const looked = async (): Promise<void> => {
    const last = observer.last();
    const seen = last && { lastSampleAt: new Date(last.at).toISOString(), sources: last.sources };
    await status.update({ ...seen, ...paceOf(pace), spool: spool.size() });
  };
  const probeMemory = createProbeMemory(state.directoryProbe, log);
  const { observer, directory } = await observeHost(config, log, {
    stays: true,
    memory: readListenerMemory(state.listeners),
    probeMemory,
    looked,
    signal,
  });
  const saveMemory = () => replaceFile(state.listeners, JSON.stringify(observer.memory()), { durable: false });

  const sender = createSender({
    spool,
    identity: () => readIdentity(state, sealer),
    proxy: proxyOf(config),
    status,
    log,
    instruct(instructions) {
      if (obey(instructions, pace, config)) log.info({ ...paceOf(pace) }, "pace changed as the collector asked");
      observer.resend(instructions.resend ?? []);
    },
  });
  const sending = sender.run(signal);
  const full = createFaultLog(log);
  const forgetful = createFaultLog(log);
  await watch(
    {
      observer,
      inventory: inventoryOf(config, signal),
      directory,
      pace,
      log,
      hasRoom: () => spool.hasRoom(),
      async deliver(drafts) {
        // What is in memory ends with the process: the last report may pass the spool's limit.
        const left = await keep(drafts, (draft) => spool.add(draft, signal.aborted), full);
        sender.wake();
        // Until then the next run must not take for told what is in no report.
        if (left.length > 0) return left;
        await saveMemory().then(
          () => forgetful.over("listeners remembered again"),
          (error: unknown) => forgetful.happened({ reason: messageOf(error) }, "listeners not remembered"),
        );
        return left;
      },
      looked,
    },
    signal,
  );
  await sending;
  await sender.flush(LAST_ATTEMPT_MS);
  await status.update({ spool: spool.size() });
  sender.close();
  await observer.close();
}

/** Stores drafts one by one; from the first that the disk refuses, the rest is given back. */
async function keep(drafts: Draft[], add: (draft: Draft) => Promise<void>, fault: FaultLog): Promise<Draft[]> {
  for (const [index, draft] of drafts.entries()) {
    try {
      await add(draft);
    } catch (error) {
      const state = error instanceof SpoolFullError ? "the spool is full" : "the spool cannot be written";
      fault.happened({ reason: messageOf(error) }, `${state}; flows are added up in memory`);
      return drafts.slice(index);
    }
  }
  fault.over("reports are spooled again");
  return [];
}

/** Takes the collector's wishes over, within the bounds of the agent's own file; says whether anything changed. */
function obey(instructions: Instructions, pace: Pace, { bounds }: Config): boolean {
  const before = JSON.stringify(pace);
  for (const key of ["sampleSeconds", "reportSeconds"] as const) {
    const wish = instructions[key];
    if (wish !== undefined) pace[key] = Math.min(Math.max(wish, bounds[key].min), bounds[key].max);
  }
  return JSON.stringify(pace) !== before;
}

function paceOf({ sampleSeconds, reportSeconds }: Pace) {
  return { sampleSeconds, reportSeconds };
}
