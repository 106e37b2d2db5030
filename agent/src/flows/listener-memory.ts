import type { Process } from "@portolan/protocol";

/** A listener, and when it was seen last; milliseconds since 1970. */
export interface KnownListener {
  protocol: "tcp" | "udp";
  address: string;
  port: number;
  scope?: string;
  lastSeen: number;
  process?: Process;
}

/** What one run of the agent leaves to the next. JSON-serialisable. */
export interface ListenerMemory {
  /** Time of the last snapshot that a drain told of; milliseconds since 1970. Absent before the first. */
  lookedAt?: number;
  /** Hashes of the connections that stood open then; absent where they were too many. */
  standing?: number[];
  /** Those of the last snapshot and those that vanished less than five minutes before it. */
  listeners: KnownListener[];
}
