import type { Directory } from "@portolan/protocol";

/** A program of the host that serves the directory, and a controller that it talks to. */
export interface ControllerSocket {
  /** Name of the process: winbindd, sssd_be. */
  process: string;
  address: string;
  port: number;
}

export const OUTCOMES = [
  "healthy",
  "account-missing",
  "disabled",
  "stale-secret",
  "dc-unreachable",
  "unclear",
  "tool-missing",
] as const;

/** What a live probe said, kept so that the next start doesn't ask again. */
export interface ProbeResult {
  /** What was run: `adcli testjoin`. */
  tool: string;
  outcome: (typeof OUTCOMES)[number];
  /** In words of the tool, where the outcome needs them. */
  detail?: string;
  /** The controller that answered, where the tool names it. */
  controller?: string;
  /** Of what was asked: another join makes another one. */
  membership: string;
  /** When it began; milliseconds since 1970 UTC. */
  at: number;
  ms: number;
}

/** Keeps the last probe across restarts: never more than one an hour. */
export interface ProbeMemory {
  recall(): ProbeResult | undefined;
  /** Never rejects. */
  keep(result: ProbeResult): Promise<void>;
}

export interface DirectoryOptions {
  /** Controllers that the host's own directory service talked to lately, by the agent's own look at the sockets. */
  controllerSockets?: () => readonly ControllerSocket[];
  /** False: never ask a controller. */
  probes?: boolean;
  probeMemory?: ProbeMemory;
  /** Ends a probe that is under way. */
  signal?: AbortSignal | undefined;
  etcRoot?: string;
  varRoot?: string;
  optRoot?: string;
  usrRoot?: string;
  runRoot?: string;
  /** Where to look for adcli and kinit; another place in tests only. */
  toolPath?: string;
  /** Milliseconds since 1970 UTC; a test's own otherwise. */
  now?: () => number;
}

/** Every operating system must define: `createDirectoryReader(options): DirectoryReader` in its folder's `index.ts`. */
export interface DirectoryReader {
  /** Reads the evidence and, at most once an hour, asks a controller. One call at a time. */
  read(): Promise<Directory>;
}
