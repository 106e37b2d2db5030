import { messageOf } from "../../errors.ts";
import type { ConnectionEvent } from "../sampler.ts";
import type { LogSource, ToldEvent } from "./told-events.ts";

/** One look at a log; who reads it fills this in. */
export interface LogLook {
  rows: number;
  lost: number;
  reasons: string[];
}

interface FollowedLog {
  name: string;
  /** What was written since the last look. Throws where the log can't be read. */
  read(look: LogLook): ToldEvent[];
  /** Says that no permitted connection of these directions was told so far. */
  lacking(directions: string): string;
  close(): void;
}

/**
 * A log as a source, which never throws. A site may log what it blocks alone, or one direction: the source is blind
 * until the log told permitted connections of both.
 */
export function createLogSource({ name, read, lacking, close }: FollowedLog): LogSource {
  const missing = new Set<ConnectionEvent["direction"]>(["inbound", "outbound"]);
  return {
    take() {
      const cpuBefore = process.cpuUsage();
      const look: LogLook = { rows: 0, lost: 0, reasons: [] };
      let told: ToldEvent[] = [];
      let ok = true;
      try {
        told = read(look);
        for (const { event } of told) if (event.kind === "opened") missing.delete(event.direction);
        if (missing.size > 0) look.reasons.push(lacking([...missing].join(" or ")));
      } catch (error) {
        ok = false;
        look.reasons.push(messageOf(error));
      }
      const { user, system } = process.cpuUsage(cpuBefore);
      const source = {
        name,
        ok,
        ...(look.reasons.length > 0 && { reason: look.reasons.join("; ").slice(0, 1024) }),
        observations: look.rows,
        lost: look.lost,
        gapMs: 0,
        cpuMs: (user + system) / 1000,
      };
      return { told, source, isBlind: missing.size > 0 };
    },
    close,
  };
}
