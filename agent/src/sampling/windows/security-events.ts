import { createLogSource, type LogLook } from "./log-source.ts";
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

  function close(): void {
    log?.close();
    log = undefined;
  }

  /** Subscribes anew after a refusal. */
  function next(): string[] {
    try {
      log ??= open();
      return log.next(MOST_AT_ONCE);
    } catch (error) {
      close();
      throw error;
    }
  }

  function read(look: LogLook): ToldEvent[] {
    const told: ToldEvent[] = [];
    for (const xml of next()) {
      look.rows += 1;
      const event = parseSecurityEvent(xml);
      if (event === undefined) look.lost += 1;
      else if (event !== "other") told.push(toldOf(event, isOwn));
    }
    return told;
  }

  return createLogSource({
    name: SECURITY_EVENTS,
    read,
    lacking: (directions) => `no event of a permitted ${directions} connection so far`,
    close,
  });
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
