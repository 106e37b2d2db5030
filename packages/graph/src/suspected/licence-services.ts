import type { Protocol } from "@portolan/protocol";
import type { Dependency } from "../types.ts";
import { knownProcesses, programFinder } from "./process-name.ts";
import type { Suspicion } from "./types.ts";

interface LicenceSystem {
  name: string;
  /** Executables, lower case, without `.exe`. */
  processes: RegExp;
  /** What it listens on unless told otherwise, the last port included. */
  ports?: { protocol: Protocol; from: number; to: number };
}

const tcp = (from: number, to = from) => ({ protocol: "tcp" as const, from, to });

/**
 * Executables and ports by the vendors' manuals. Behind lmgrd each maker's own daemon answers on a port of its own; the
 * widely known ones are named. Their ports are of no use where the process is not known.
 */
const SYSTEMS: readonly LicenceSystem[] = [
  {
    name: "FlexNet",
    processes:
      /^(?:lmgrd|lmadmin|adskflex|alterad|ansyslmd|arcgis|armlmd|cdslmd|mgcld|mlm|ptc_d|saltd|snpslmd|sw_d|ugslmd|xilinxd)$/,
    ports: tcp(27_000, 27_009),
  },
  { name: "RLM", processes: /^rlm$/, ports: tcp(5053) },
  { name: "Sentinel LDK", processes: /^hasplms(?:_\w+)?$/, ports: tcp(1947) },
  { name: "Sentinel RMS", processes: /^lserv(?:nt)?$/, ports: { protocol: "udp", from: 5093, to: 5093 } },
  { name: "CodeMeter", processes: /^codemeter(?:lin)?$/, ports: tcp(22_350) },
  { name: "Dassault DSLS", processes: /^dslicsrv$/, ports: tcp(4085) },
  { name: "LM-X", processes: /^lmx-serv(?:-\w+)?$/ },
  { name: "Microsoft KMS activation", processes: /^(?:sppsvc|vlmcsd)$/, ports: tcp(1688) },
];

const CONFIDENCE = { byProcess: 0.9, byPort: 0.4, amongThemselves: 0.4 } as const;

const systemOf = programFinder(SYSTEMS);

function systemOnPort(protocol: Protocol, port: number): LicenceSystem | undefined {
  return SYSTEMS.find(
    ({ ports }) => ports !== undefined && ports.protocol === protocol && ports.from <= port && port <= ports.to,
  );
}

/** A client of a licence service, by the process that serves, or by its port where nobody knows the process. */
export function suspectLicenceService(dependency: Dependency): Suspicion | undefined {
  const { protocol, serverPort: port, clientProcesses } = dependency;
  const processes = knownProcesses(dependency.serverProcesses);
  const service = `${protocol}/${port}`;
  for (const process of processes) {
    const system = systemOf(process);
    if (!system) continue;
    const isPeer = clientProcesses.length > 0 && clientProcesses.every((label) => systemOf(label) === system);
    return {
      kind: "licence-service",
      clientProcesses,
      confidence: isPeer ? CONFIDENCE.amongThemselves : CONFIDENCE.byProcess,
      reasons: [
        `calls ${process} on ${service}, a licence service (${system.name})`,
        ...(isPeer ? ["may also be licence servers of one redundant group, which call each other"] : []),
      ],
    };
  }
  const system = processes.length === 0 ? systemOnPort(protocol, port) : undefined;
  return (
    system && {
      kind: "licence-service",
      clientProcesses,
      confidence: CONFIDENCE.byPort,
      reasons: [
        `calls ${service}, a port of a licence service (${system.name}) as a rule; nobody knows what answers there`,
        "may also be any other program that was given this port",
      ],
    }
  );
}
