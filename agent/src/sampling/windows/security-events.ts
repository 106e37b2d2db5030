import { MOST_EVENTS } from "../event-source.ts";
import { parseSecurityEvent, type SecurityEvent } from "./parse-security-event.ts";
import type { LogSource, ToldEvent } from "./told-events.ts";

export const SECURITY_EVENTS = "security-events";

/** The Security log as a subscription gives it; a double in tests. */
export interface SecurityLog {
  /** Events since the last call as XML, `most` of them at most: what is left waits in the log. Throws where it is refused. */
  next(most: number): string[];
  close(): void;
}

/** At one look, so that a busy log holds up no look for long; the rest is taken at the next ones. */
const MOST_AT_ONCE = 20_000;

/**
 * Events 5156 and 5157 of the Security log, where the site audits the Filtering Platform's connections: UDP peers,
 * connections that no sample shows with their process, and attempts that Windows blocked. The agent reads, and changes
 * no audit policy.
 *
 * @param open subscribes to events from now on; throws where the right is missing
 * @param isOwn true for an address of this host
 */
export function createSecurityEvents(open: () => SecurityLog, isOwn: (address: string) => boolean): LogSource {
  let log: SecurityLog | undefined;
  /** Directions in which permitted connections were told so far: the site may audit failures alone. */
  const told = new Set<SecurityEvent["direction"]>();

  function read(count: { rows: number; lost: number }): ToldEvent[] {
    log ??= open();
    const events: ToldEvent[] = [];
    for (const xml of log.next(Math.min(MOST_AT_ONCE, MOST_EVENTS))) {
      count.rows += 1;
      const event = parseSecurityEvent(xml);
      if (event === undefined) count.lost += 1;
      if (event === undefined || event === "other") continue;
      if (event.kind === "allowed") told.add(event.direction);
      events.push(toldOf(event, isOwn));
    }
    return events;
  }

  return {
    take() {
      const cpuBefore = process.cpuUsage();
      const count = { rows: 0, lost: 0 };
      let events: ToldEvent[] = [];
      let ok = true;
      let reason: string | undefined;
      try {
        events = read(count);
        const missing = (["inbound", "outbound"] as const).filter((direction) => !told.has(direction));
        if (missing.length > 0) reason = `no event of a permitted ${missing.join(" or ")} connection so far`;
      } catch (error) {
        ok = false;
        reason = error instanceof Error ? error.message : String(error);
        log?.close();
        log = undefined;
      }
      const { user, system } = process.cpuUsage(cpuBefore);
      const source = {
        name: SECURITY_EVENTS,
        ok,
        ...(reason !== undefined && { reason: reason.slice(0, 1024) }),
        observations: count.rows,
        lost: count.lost,
        gapMs: 0,
        cpuMs: (user + system) / 1000,
      };
      return { told: events, source, isBlind: told.size < 2 };
    },
    close: () => log?.close(),
  };
}

/**
 * Which end is this host: by Microsoft's description of the event the source, in both directions. Where only the other
 * end is an address of this host, it is that.
 */
function toldOf(told: SecurityEvent, isOwn: (address: string) => boolean): ToldEvent {
  const { kind, protocol, direction, at, pid, application } = told;
  const source = { address: told.sourceAddress, port: told.sourcePort };
  const destination = { address: told.destinationAddress, port: told.destinationPort };
  const isTurned = isOwn(destination.address) && !isOwn(source.address);
  const [local, remote] = isTurned ? [destination, source] : [source, destination];
  const event = {
    kind: kind === "allowed" ? "opened" : "failed",
    source: SECURITY_EVENTS,
    at,
    protocol,
    direction,
    localAddress: local.address,
    localPort: local.port,
    remoteAddress: remote.address,
    remotePort: remote.port,
  } as const;
  return { event, pid, ...(application !== "" && { application }) };
}
