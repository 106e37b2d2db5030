import { MOST_EVENTS } from "../event-source.ts";
import { createLogFollower } from "./log-follower.ts";
import { createLogSource, type LogLook } from "./log-source.ts";
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

  function read(look: LogLook): ToldEvent[] {
    const told: ToldEvent[] = [];
    const { growth, gap } = follower.read();
    if (gap) look.reasons.push("the log was rotated more than once between two looks, or cleared: rows may be lost");
    for (const { text, isNewFile } of growth) {
      if (isNewFile) look.lost += parser.reset();
      const parsed = parser.parse(text);
      look.rows += parsed.rows;
      look.lost += parsed.lost;
      for (const entry of parsed.entries) {
        if (told.length < MOST_EVENTS) told.push(toldOf(entry));
        else look.lost += 1;
      }
    }
    return told;
  }

  return createLogSource({
    name: FIREWALL_LOG,
    read,
    lacking: (directions) => `no allowed ${directions} connection in the log so far`,
    close: () => {},
  });
}

function toldOf({ kind, time, pid, ...ends }: FirewallEntry): ToldEvent {
  // This machine's local time, in whole seconds.
  const at = new Date(time.replace(" ", "T")).getTime();
  const event = { kind: kind === "allowed" ? "opened" : "failed", source: FIREWALL_LOG, at, ...ends } as const;
  return { event, ...(pid !== undefined && { pid }) };
}
