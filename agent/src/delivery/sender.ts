import type { Instructions } from "@portolan/protocol";
import type { Log } from "../logging.ts";
import type { Identity } from "../state/identity.ts";
import type { StatusFile } from "../state/status.ts";
import { backoffMs, spreadMs } from "./backoff.ts";
import { collectorUrl } from "./collector-url.ts";
import { type Connection, type ProxySettings, openConnection } from "./connection.ts";
import { numberDraft, splitDraft } from "./report.ts";
import type { Spool, Spooled } from "./spool.ts";
import { type Outcome, upload } from "./upload.ts";

/** Takes reports from the spool to the collector, oldest first, one at a time. */
export interface Sender {
  /** Sends until the signal comes; waits where there is nothing to send or the collector cannot take it. */
  run(signal: AbortSignal): Promise<void>;
  /** There is something new to send. */
  wake(): void;
  /** Sends what it can until the time is over or something fails. */
  flush(timeoutMs: number): Promise<void>;
  close(): void;
}

interface SenderOptions {
  spool: Spool;
  /** Read again after a 401, so that enrolling anew mends a running agent. */
  identity: () => Identity | undefined;
  status: StatusFile;
  log: Log;
  instruct: (instructions: Instructions) => void;
  proxy?: ProxySettings;
  timeoutMs?: number;
}

/** After a 401 only people can help: knock seldom. */
const UNAUTHORISED_FAILURES = 8;

export function createSender(options: SenderOptions): Sender {
  const { spool, identity, status, log, instruct, proxy = {}, timeoutMs = 30_000 } = options;
  let current: { identity: Identity; url: URL; connection: Connection } | undefined;
  let failures = 0;
  let ring: (() => void) | undefined;
  /** Something was added since the spool was last found empty. */
  let rung = false;
  const connect = () => {
    if (current !== undefined) return current;
    const known = identity();
    if (known === undefined) return undefined;
    const url = collectorUrl(known.url);
    current = { identity: known, url, connection: openConnection(url, known.caPem, proxy) };
    return current;
  };
  const disconnect = (): void => {
    current?.connection.close();
    current = undefined;
  };

  /** One attempt; resolves to the milliseconds to wait before the next, or to nothing when the spool is empty. */
  const attempt = async (timeout: number): Promise<number | undefined> => {
    const spooled = await spool.oldest();
    if (spooled === undefined) return undefined;
    const to = connect();
    if (to === undefined) return backoffMs(UNAUTHORISED_FAILURES);
    const { draft, numbering, agentVersion } = spooled;
    const { reports, bytes, quarantined, merged } = spool.size();
    const state = { reports: Math.max(0, reports - 1), bytes, quarantined, merged };
    const report = numberDraft(draft, to.identity.agentId, numbering, numbering.sentAt, agentVersion, state);
    const outcome = await upload(to.connection, { url: to.url, secret: to.identity.secret }, report, timeout);
    const wait = await settle(outcome, spooled);
    await note(outcome);
    return wait;
  };

  const settle = async (outcome: Outcome, { draft, numbering }: Spooled): Promise<number> => {
    const detail = { number: numbering.number, epoch: numbering.epoch };
    if (outcome.kind !== "failed" && outcome.kind !== "unauthorised") failures = 0;
    switch (outcome.kind) {
      case "answered": {
        await spool.answered();
        const rejected = outcome.rejected.length;
        if (rejected > 0)
          log.warn({ ...detail, rejected, first: outcome.rejected[0] }, "collector rejected some items");
        log.debug({ ...detail, duplicate: outcome.duplicate, flows: draft.flows.length }, "report answered");
        if (outcome.instructions.newEpoch === true) {
          await spool.startEpoch();
          log.warn(
            detail,
            "the collector knows this report's number with another content: this machine is a clone, or was put back to a snapshot. It goes on under a new epoch; a clone needs an identity of its own: portolan-agent enrol --force",
          );
        }
        instruct(outcome.instructions);
        return 0;
      }
      case "refused":
        await spool.quarantineOldest(outcome.reason);
        return 0;
      case "too-large": {
        const halves = splitDraft(draft);
        if (halves === undefined) await spool.quarantineOldest("HTTP 413: too large, and it cannot be split");
        else await spool.splitOldest(halves);
        log.info({ ...detail, flows: draft.flows.length, split: halves !== undefined }, "report is too large");
        return 0;
      }
      case "unauthorised":
        disconnect();
        log.error(
          { reason: outcome.reason },
          "the collector does not know this agent's secret; its data is kept. Enrol it again: portolan-agent enrol --force",
        );
        return backoffMs(UNAUTHORISED_FAILURES);
      case "failed": {
        failures += 1;
        const wait = outcome.retryAfterMs === undefined ? backoffMs(failures) : spreadMs(outcome.retryAfterMs);
        log.warn({ reason: outcome.reason, retryInMs: wait }, "report not delivered, kept");
        return wait;
      }
    }
  };

  const note = async (outcome: Outcome): Promise<void> => {
    const at = new Date().toISOString();
    const change: Parameters<StatusFile["update"]>[0] = { spool: spool.size() };
    if (outcome.kind === "answered") {
      const { status: code, applied, duplicate, rejected } = outcome;
      change.lastAnswer = { at, status: code, applied, duplicate, rejected: rejected.length };
    } else if (outcome.status !== undefined) change.lastAnswer = { at, status: outcome.status };
    if (outcome.kind === "unauthorised") {
      change.lastError = { at, message: `the collector refuses this agent's secret: ${outcome.reason}` };
    } else if ("reason" in outcome) change.lastError = { at, message: outcome.reason };
    if (outcome.status !== undefined && outcome.status < 500) change.authorised = outcome.kind !== "unauthorised";
    await status.update(change);
  };

  /** Waits for the time, for a ring when `ms` is not given, and in any case no longer than until the signal. */
  const pause = (ms: number | undefined, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        ring = undefined;
        resolve();
      };
      const timer = ms === undefined ? undefined : setTimeout(done, ms);
      signal.addEventListener("abort", done);
      if (ms === undefined) ring = done;
      if (ms === undefined && rung) done();
    });

  return {
    async run(signal) {
      // A request under way when the agent must stop is given up: its report has a number and may be sent twice.
      signal.addEventListener("abort", disconnect, { once: true });
      while (!signal.aborted) {
        let wait: number | undefined;
        rung = false;
        try {
          wait = await attempt(timeoutMs);
        } catch (error) {
          failures += 1;
          wait = backoffMs(failures);
          log.error({ err: error }, "the spool could not be read or written");
        }
        if (wait !== 0 && !signal.aborted) await pause(wait, signal);
      }
    },
    wake() {
      rung = true;
      ring?.();
    },
    async flush(limitMs) {
      const until = Date.now() + limitMs;
      for (let left = limitMs; left > 0; left = until - Date.now()) {
        if ((await attempt(left)) !== 0) return;
      }
    },
    close: disconnect,
  };
}
