import type { Observation } from "../sampling/sampler.ts";
import { TIME_WAIT_MS } from "../sampling/time-wait.ts";
import type { ListenerMemory } from "./listener-memory.ts";
import { hashOf } from "../sampling/tuple.ts";

const RESTART_MS = 300_000;
/** From the time that a look bears to its reading of a row: what began within that may be in it. */
const LONGEST_LOOK_MS = 100;

/**
 * Tells which rows of the first look the run before can have counted: those that can have stood when it looked last, and
 * what connections that were open then have left. In TIME_WAIT a row has stood for as long as the kernel says, or can
 * keep it; in other states for as long as a restart may take. After a longer gap, a reboot perhaps, everything is new.
 */
export function createCountedBefore(
  before: ListenerMemory | undefined,
): (key: string, row: Observation, at: number) => boolean {
  const lookedAt = before?.lookedAt;
  if (lookedAt === undefined) return () => false;
  const open = before?.standing && new Set(before.standing);
  return (key, { state, waitedMs = TIME_WAIT_MS }, at) => {
    const gap = at - lookedAt;
    if (state !== "time-wait" || gap >= RESTART_MS) return gap < RESTART_MS;
    if (waitedMs + LONGEST_LOOK_MS > gap) return true;
    // Where too many were open to be remembered, any that began to wait since may be one.
    return open?.has(hashOf(key)) ?? gap < TIME_WAIT_MS;
  };
}
