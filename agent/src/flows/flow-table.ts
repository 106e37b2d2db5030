import type { Flow, Listener, Process } from "@portolan/protocol";
import type { Snapshot } from "../sampling/sampler.ts";

/** Listeners that vanished less than five minutes ago, kept across restarts. JSON-serialisable. */
export interface ListenerMemory {
  listeners: {
    protocol: "tcp" | "udp";
    address: string;
    port: number;
    scope?: string;
    lastSeen: number;
    process?: Process;
  }[];
}

/** What was seen since the last drain; `process` fields index into `processes`. */
export interface Drained {
  from: number;
  to: number;
  processes: Process[];
  flows: Flow[];
  /** All listeners as of the last snapshot. */
  listeners: Listener[];
}

export interface FlowTable {
  observe(snapshot: Snapshot): void;
  /** Flows since the last drain as deltas, and the listeners of now. */
  drain(): Drained;
  memory(): ListenerMemory;
}
