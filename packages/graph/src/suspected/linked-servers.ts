import type { Dependency } from "../types.ts";
import { engineOf, engineOnPort, isForwarder, type EngineFamily } from "./database-engines.ts";
import { knownProcesses } from "./process-name.ts";
import type { Suspicion } from "./types.ts";

/** Judgements: two engines of different makes hardly replicate, of one make they often do. */
const CONFIDENCE = { otherMake: 0.8, sameMake: 0.5, unlikely: 0.2 } as const;
/** Where nobody knows what serves, and the port speaks for it. */
const BY_PORT = 0.5;

/** Microsoft's examples and wizards give database mirroring endpoints, which availability groups use, this port. */
const MIRRORING_PORT = 5022;
const SQL_SERVER = engineOnPort(1433);

interface Server {
  family: EngineFamily;
  /** The process that answers; absent where the port alone speaks. */
  process?: string;
  because: string;
}

function serverOf(
  { protocol, serverPort: port, serverProcesses }: Dependency,
  caller: EngineFamily,
): Server | undefined {
  const processes = knownProcesses(serverProcesses);
  for (const process of processes) {
    const family = engineOf(process);
    if (family) return { family, process, because: `${process} on ${protocol}/${port}, ${family.name}` };
  }
  if (protocol !== "tcp" || !processes.every(isForwarder)) return undefined;
  const family = port === MIRRORING_PORT && caller === SQL_SERVER ? SQL_SERVER : engineOnPort(port);
  const who =
    processes.length === 0
      ? "nobody knows what answers there"
      : `${processes.join(", ")} passes on what comes there, and nobody knows to whom`;
  return family && { family, because: `tcp/${port}, a port of ${family.name} as a rule; ${who}` };
}

function judge(caller: EngineFamily, { family }: Server, port: number): { confidence: number; otherwise: string } {
  if (caller !== family) {
    const confidence = caller.hasLinks ? CONFIDENCE.otherMake : CONFIDENCE.unlikely;
    return { confidence, otherwise: "may also be replication between two makes, or a job that runs inside the engine" };
  }
  if (caller === SQL_SERVER && port === MIRRORING_PORT) {
    const otherwise = `most likely no linked server: ${MIRRORING_PORT} is the usual port of availability groups and database mirroring`;
    return { confidence: CONFIDENCE.unlikely, otherwise };
  }
  if (!caller.hasLinks)
    return { confidence: CONFIDENCE.unlikely, otherwise: `most likely ${caller.among}; it has no links to others` };
  return { confidence: CONFIDENCE.sameMake, otherwise: `may also be ${caller.among}` };
}

/**
 * A database engine that calls another engine. The server is one by its process, or by its port where nobody knows the
 * process or one that only passes connections on is there; a process that is known and no engine rules it out.
 */
export function suspectLinkedServer(dependency: Dependency): Suspicion | undefined {
  const callers = dependency.clientProcesses.flatMap((process) => {
    const family = engineOf(process);
    return family ? [{ process, family }] : [];
  });
  for (const { process, family } of callers) {
    const server = serverOf(dependency, family);
    if (!server) continue;
    const { confidence, otherwise } = judge(family, server, dependency.serverPort);
    return {
      kind: "linked-server",
      clientProcesses: callers.map((caller) => caller.process),
      confidence: server.process === undefined ? confidence * BY_PORT : confidence,
      reasons: [`${process}, ${family.name}, calls ${server.because}`, otherwise],
    };
  }
  return undefined;
}
