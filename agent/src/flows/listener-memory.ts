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

/** Listeners that vanished less than five minutes ago, kept across restarts. JSON-serialisable. */
export interface ListenerMemory {
  listeners: KnownListener[];
}
