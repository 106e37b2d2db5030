import { appendFileSync } from "node:fs";
import type { End } from "./script.ts";

/** One line of the log that a calling program writes of the connections that it really made. Times are RFC 3339 UTC. */
export type CallRecord =
  | (CallEnds & { event: "opened" })
  | (CallEnds & { event: "closed"; closedBy: End; reset: boolean })
  | { event: "failed"; time: string; clientHost: string; serverAddress: string; serverPort: number; reason: string };

interface CallEnds {
  time: string;
  clientHost: string;
  clientAddress: string;
  clientPort: number;
  serverAddress: string;
  serverPort: number;
  protocol?: "udp";
  /** Of a UDP call: whether its socket was connected. */
  connected?: boolean;
  /** What the caller sent, of TCP. */
  bytes?: number;
}

/** One line of a server's own log: the second witness of a connection. */
export interface AcceptedRecord {
  time: string;
  serverHost: string;
  serverAddress: string;
  serverPort: number;
  clientAddress: string;
  clientPort: number;
  protocol?: "udp";
}

/** Callers' and servers' logs in a host's state directory end so. */
export const CALLS_SUFFIX = ".calls.jsonl";
export const ACCEPTED_SUFFIX = ".accepted.jsonl";

/** What every line also has: the process that wrote it, as its own system numbers it. */
export interface Writer {
  pid: number;
}

/** Writes at once: a program that is killed has logged what it did. */
export function appendRecord(file: string, record: CallRecord | AcceptedRecord): void {
  const writer: Writer = { pid: process.pid };
  appendFileSync(file, `${JSON.stringify({ ...record, ...writer })}\n`);
}
