import { MOST_EVENTS } from "../event-source.ts";
import { createLogFollower } from "./log-follower.ts";
import { createFirewallLogParser, type FirewallEntry } from "./parse-firewall-log.ts";
import type { LogSource, ToldEvent } from "./told-events.ts";

export const FIREWALL_LOG = "firewall-log";

/**
 * What Windows Firewall logs, where the site has switched its log on: UDP peers, connections that no sample shows, and
 * attempts that it dropped. The agent reads, and switches nothing.
 *
 * @param file the site's pfirewall.log; when it is full, it gets the same name with `.old`
 */
export function createFirewallLog(file: string): LogSource {
  const follower = createLogFollower(file, `${file}.old`);
  const parser = createFirewallLogParser();
  /** Directions in which allowed connections were logged so far: the site may log dropped ones alone. */
  const logged = new Set<FirewallEntry["direction"]>();

  function read(count: { rows: number; lost: number }, reasons: string[]): ToldEvent[] {
    const told: ToldEvent[] = [];
    const { growth, gap } = follower.read();
    if (gap) reasons.push("the log was rotated more than once between two looks, or cleared: rows may be lost");
    for (const { text, isNewFile } of growth) {
      if (isNewFile) parser.reset();
      const parsed = parser.parse(text);
      count.rows += parsed.rows;
      count.lost += parsed.lost;
      for (const entry of parsed.entries) {
        if (entry.kind === "allowed") logged.add(entry.direction);
        if (told.length < MOST_EVENTS) told.push(toldOf(entry));
        else count.lost += 1;
      }
    }
    return told;
  }

  return {
    take() {
      const cpuBefore = process.cpuUsage();
      const count = { rows: 0, lost: 0 };
      const reasons: string[] = [];
      let told: ToldEvent[] = [];
      let ok = true;
      try {
        told = read(count, reasons);
        const missing = (["inbound", "outbound"] as const).filter((direction) => !logged.has(direction));
        if (missing.length > 0) reasons.push(`no allowed ${missing.join(" or ")} connection in the log so far`);
      } catch (error) {
        ok = false;
        reasons.push(error instanceof Error ? error.message : String(error));
      }
      const { user, system } = process.cpuUsage(cpuBefore);
      const source = {
        name: FIREWALL_LOG,
        ok,
        ...(reasons.length > 0 && { reason: reasons.join("; ").slice(0, 1024) }),
        observations: count.rows,
        lost: count.lost,
        gapMs: 0,
        cpuMs: (user + system) / 1000,
      };
      return { told, source, isBlind: logged.size < 2 };
    },
    close() {},
  };
}

function toldOf({ kind, time, pid, ...ends }: FirewallEntry): ToldEvent {
  // This machine's local time, in whole seconds.
  const at = new Date(time.replace(" ", "T")).getTime();
  const event = { kind: kind === "allowed" ? "opened" : "failed", source: FIREWALL_LOG, at, ...ends } as const;
  return { event, ...(pid !== undefined && { pid }) };
}
