import type { Process, Protocol, Source } from "@portolan/protocol";

/** TCP states as Linux and Windows both know them; `unconnected` and `connected` are UDP's. */
export type SocketState =
  | "established"
  | "syn-sent"
  | "syn-received"
  | "fin-wait-1"
  | "fin-wait-2"
  | "time-wait"
  | "closed"
  | "close-wait"
  | "last-ack"
  | "listening"
  | "closing"
  | "unconnected"
  | "connected";

/** One raw socket row, as the kernel gave it. IPv4-mapped IPv6 addresses are written as IPv4. */
export interface Observation {
  protocol: Protocol;
  state: SocketState;
  localAddress: string;
  localPort: number;
  /** "0.0.0.0" or "::" and port 0 where there is no peer. */
  remoteAddress: string;
  remotePort: number;
  /** Distinguishes sockets that reuse a port pair; 0 where the kernel has none (TIME_WAIT). */
  inode: number;
  /** For how long it has stood in TIME_WAIT, in milliseconds, where the kernel tells; else for how long it can have. */
  waitedMs?: number;
  process?: Process;
  /** The system's number of the process, where the table itself has it; goes into no report. */
  pid?: number;
  /** Which end called, where the source knows. */
  direction?: "inbound" | "outbound";
  /** Network namespace of a container; absent for the host's own. */
  scope?: string;
  /** Name of the source that saw it; absent for the socket tables. */
  source?: string;
}

/**
 * What a source was told of between two snapshots. A connection that is neither opened nor closed by an event may still
 * be in a snapshot; one that is may be too, and counts once.
 */
export interface ConnectionEvent {
  /** `failed`: an attempt that was refused or never answered. */
  kind: "opened" | "closed" | "failed";
  /** Name of the source that was told. */
  source: string;
  /** Milliseconds since 1970 UTC. */
  at: number;
  protocol: Protocol;
  /** Absent where the kernel had wiped it, after a reset. */
  localAddress?: string;
  localPort: number;
  remoteAddress: string;
  /** Absent where the kernel had wiped it, after a reset. */
  remotePort?: number;
  /** Which end called, where the source knows. */
  direction?: "inbound" | "outbound";
  process?: Process;
  scope?: string;
  /** Payload of the whole connection; of a closed one. */
  bytesSent?: number;
  bytesReceived?: number;
}

export interface Snapshot {
  /** Milliseconds since 1970 UTC. */
  at: number;
  observations: Observation[];
  /** In the order in which they happened, told until after the tables were read. */
  events: ConnectionEvent[];
  /** A source is told of every connection that opens. */
  tellsOpenings: boolean;
  /** A source is told of every attempt that fails. */
  tellsFailures: boolean;
  /** False where a table could not be read: what is not shown may still stand. */
  isComplete: boolean;
  /** Of containers, whose tables could not be read: what is not shown of these may still stand. */
  unreadScopes?: ReadonlySet<string>;
  /** How each source fared since the snapshot before. */
  sources: Source[];
  /** Ports that the kernel gives to clients; a row with one end inside is read as that end being the client. */
  ephemeralPorts: { from: number; to: number };
}

export interface SamplerOptions {
  /** Where the proc file system is mounted; fixtures can stand in. */
  procRoot?: string;
  passwdFile?: string;
  /** Also start the sources that are told of connections between samples, where this host has them. */
  events?: {
    /** Names of those that may be used. */
    use: readonly string[];
    /** Word of some connections was lost, or much waits to be taken: a sample now limits what is missed, and the memory. */
    onGap: () => void;
  };
  /** Windows Firewall's log, where it is among the sources in use. */
  firewallLog?: string;
  /** False: only this network namespace, not those of the host's containers. */
  containers?: boolean | undefined;
  /** Where tracefs is mounted. */
  traceRoots?: readonly string[] | undefined;
  /** Name of the tracing instance; two agents of one kernel need two. */
  traceInstance?: string | undefined;
  /** Milliseconds between samples that the caller means to keep; what exceeds them is reported as a gap. */
  expectedIntervalMs?: number;
  /** Node's name of the operating system; given only to try another one's answer. */
  platform?: string;
}

/** One source of what a host can be seen to do, as `doctor` shows it. */
export interface Tier {
  name: string;
  /** What is seen with it and not without. */
  adds: string;
  isOn: boolean;
  /** Why it is off, or by what it is on. */
  reason: string;
}

/**
 * Every operating system must define: `createSampler(options): Sampler` in its folder's `index.ts`, and
 * `inspectTiers(options, use): Promise<Tier[]>` in its `inspect.ts`. Where a source needs root: `prepareSources(options,
 * remove): string | undefined` in its `prepare.ts`.
 */
export interface Sampler {
  /** @param isLast nothing may be left for the next sample, as it is cheaper */
  sample(isLast?: boolean): Promise<Snapshot>;
  close(): Promise<void>;
}

/** Thrown where no sampler exists for the platform; never an empty report. */
export class UnsupportedPlatformError extends Error {
  override name = "UnsupportedPlatformError";
}
