import type { Protocol, Source } from "@portolan/protocol";
import type { SamplerOptions } from "../index.ts";
import type { Observation, Sampler, Snapshot } from "../sampler.ts";
import { DEFAULT_EPHEMERAL_PORTS, parsePortRange } from "./parse-port-range.ts";
import { parseProcNet } from "./parse-proc-net.ts";
import { createProcFileReader, ProcFileError, unlessUnreadable } from "./read-proc-file.ts";
import { createSocketOwners } from "./socket-owners.ts";
import { createUserNames } from "./user-names.ts";

/** What no sample of the socket tables can show (linux-capture notes in the design). */
const BLIND_TO = ["udp-peers", "resets", "peer-closed", "failed-attempts", "bytes", "containers"];

/** IPv6's tables are missing where it is switched off; IPv4's never are. */
const TABLES: readonly { file: string; protocol: Protocol; optional: boolean }[] = [
  { file: "tcp", protocol: "tcp", optional: false },
  { file: "tcp6", protocol: "tcp", optional: true },
  { file: "udp", protocol: "udp", optional: false },
  { file: "udp6", protocol: "udp", optional: true },
];

interface Tables {
  observations: Observation[];
  lost: number;
  failures: string[];
}

/** Samples /proc/net, in all states, and names the processes that hold the sockets. */
export function createSampler(options: SamplerOptions): Sampler {
  const procRoot = options.procRoot ?? "/proc";
  const expectedIntervalMs = options.expectedIntervalMs ?? 15_000;
  const files = createProcFileReader();
  const owners = createSocketOwners(procRoot, files, createUserNames(options.passwdFile ?? "/etc/passwd", files));
  let previous: number | undefined;

  function readTables(): Tables {
    const tables: Tables = { observations: [], lost: 0, failures: [] };
    for (const { file, protocol, optional } of TABLES) {
      try {
        const parsed = parseProcNet(files.read(`${procRoot}/net/${file}`), protocol);
        tables.observations = tables.observations.concat(parsed.observations);
        tables.lost += parsed.lost;
      } catch (error) {
        if (!(error instanceof ProcFileError)) throw error;
        if (!(optional && error.kind === "missing")) tables.failures.push(error.message);
      }
    }
    return tables;
  }

  /** Fills in the processes. Returns how many sockets stay without, and how many processes kept theirs to themselves. */
  function attribute(observations: Observation[], at: number): { ownerless: number; denied: number } {
    const inodes = new Set<number>();
    for (const { inode } of observations) if (inode !== 0) inodes.add(inode);
    const { denied } = owners.refresh(inodes, at);
    let ownerless = 0;
    for (const observation of observations) {
      if (observation.inode === 0) continue;
      const process = owners.processOf(observation.inode);
      if (process === undefined) ownerless++;
      else observation.process = process;
    }
    return { ownerless, denied };
  }

  async function sample(): Promise<Snapshot> {
    const cpuBefore = process.cpuUsage();
    const monotonic = performance.now();
    const at = Date.now();
    const tables = readTables();
    const { ownerless, denied } = attribute(tables.observations, at);
    const range = unlessUnreadable(() => parsePortRange(files.read(`${procRoot}/sys/net/ipv4/ip_local_port_range`)));
    const cpu = process.cpuUsage(cpuBefore);
    const unnamed = ownerless > 0 && denied > 0;
    const source: Source = {
      name: "proc-net",
      ok: tables.failures.length === 0,
      observations: tables.observations.length,
      lost: tables.lost,
      gapMs: previous === undefined ? 0 : Math.max(0, Math.round(monotonic - previous - expectedIntervalMs)),
      cpuMs: (cpu.user + cpu.system) / 1000,
      blindTo: unnamed ? [...BLIND_TO, "processes"] : [...BLIND_TO],
    };
    const reasons = [...tables.failures];
    if (unnamed) {
      reasons.push(`${ownerless} sockets have no known process: ${denied} processes denied reading their descriptors`);
    }
    if (reasons.length > 0) source.reason = reasons.join("; ").slice(0, 1024);
    previous = monotonic;
    return {
      at,
      observations: tables.observations,
      sources: [source],
      ephemeralPorts: range ?? { ...DEFAULT_EPHEMERAL_PORTS },
    };
  }

  return { sample, close: async () => {} };
}
