import { z } from "zod";
import { Count, Name } from "./primitives.ts";

/**
 * How one source of observations fared during the report's window.
 *
 * `blindTo` lists what this host cannot see as its sources stand, in the words of {@link BLINDNESS}; unknown words
 * are kept, so that an older collector still repeats what a newer agent says.
 */
export const Source = z.object({
  name: Name,
  ok: z.boolean(),
  /** Why it is not ok, or what is degraded while it is ok. */
  reason: z.string().max(1024).optional(),
  observations: Count,
  /** Observations known to be lost: unparseable rows, overruns. */
  lost: Count,
  /** Milliseconds of the window in which the source did not look. */
  gapMs: z.number().min(0),
  cpuMs: z.number().min(0),
  blindTo: z.array(Name).max(32),
});
export type Source = z.infer<typeof Source>;

/** What a host's sources can miss, and the sentence that documents print for it. */
export const BLINDNESS = {
  "udp-peers": "peers of unconnected UDP sockets",
  resets: "connections that ended in a reset between two samples",
  "peer-closed": "connections shorter than the sampling interval that the other end closed first",
  "failed-attempts": "connection attempts that were refused or not answered between two samples",
  bytes: "bytes per flow",
  processes: "processes of other users (the agent lacks the privilege to name them)",
  containers: "connections inside other network namespaces",
  "container-ends":
    "connections inside other network namespaces that ended in a reset, were refused or not answered between two samples",
} as const;
