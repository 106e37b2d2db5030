import type { StateChange } from "./parse-trace-page.ts";

/** include/net/tcp_states.h. */
const ESTABLISHED = 1;
const SYN_SENT = 2;
const SYN_RECEIVED = 3;
const CLOSED = 7;

/** Which changes are asked for; of others the kernel's filter tells nothing. */
export const STATE_FILTER = `newstate==${SYN_SENT}||newstate==${ESTABLISHED}||(oldstate==${SYN_SENT}&&newstate==${CLOSED})`;

/** An attempt waits at most that long for its outcome: tcp_syn_retries of 6 give up after 127 s. */
const LONGEST_ATTEMPT_MS = 300_000;

/** What the changes of one socket come to. Addresses and ports are those of the change that decided it. */
export interface Outcome<Caller> {
  kind: "connected" | "failed" | "accepted";
  change: StateChange;
  /** Who called connect(); of an accepted connection nobody. */
  caller: Caller | undefined;
}

/**
 * Follows sockets from connect() to its outcome. Only inside connect() does the caller run, but its port is not known
 * yet then; when the answer comes the port is known, and whoever happens to run is not the caller. The socket itself
 * joins the two.
 *
 * @param callerOf is asked as soon as the attempt is known: a caller may end before its outcome
 */
export function createSocketStates<Caller>(callerOf: (pid: number) => Caller) {
  const attempts = new Map<number, { caller: Caller; at: number }>();
  return {
    /** @param at milliseconds since 1970 UTC */
    follow(change: StateChange, at: number): Outcome<Caller> | undefined {
      const { socket, oldState, newState } = change;
      if (newState === SYN_SENT) {
        attempts.set(socket, { caller: callerOf(change.pid), at });
        return undefined;
      }
      const caller = attempts.get(socket)?.caller;
      attempts.delete(socket);
      if (newState === ESTABLISHED && oldState === SYN_RECEIVED) return { kind: "accepted", change, caller: undefined };
      if (newState === ESTABLISHED) return { kind: "connected", change, caller };
      return oldState === SYN_SENT && newState === CLOSED ? { kind: "failed", change, caller } : undefined;
    },
    /** Forgets attempts whose outcome got lost. */
    sweep(at: number): void {
      for (const [socket, attempt] of attempts) {
        if (Math.abs(at - attempt.at) > LONGEST_ATTEMPT_MS) attempts.delete(socket);
      }
    },
  };
}
