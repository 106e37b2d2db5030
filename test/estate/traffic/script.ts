import { seededRandom, type Random } from "./random.ts";

export type End = "client" | "server";

/** A real server program on a host of the lab. */
export interface Service {
  host: string;
  port: number;
  /** Which end sends the first FIN; "either": each call draws one. */
  closes: End | "either";
  /** `web-server` asks its `database` on 127.0.0.1 for every request, and keeps one connection to it. */
  program: "server" | "web-server" | "database";
  /** Default 0.0.0.0; "::" takes both families; "127.0.0.1" keeps callers of other hosts away. */
  listenAddress?: string;
  /** Port of the database on the same host. */
  databasePort?: number;
  /** Every caller also holds one connection for the whole run. */
  long?: boolean;
  /** The listener goes, and the program with it, as soon as all its calls were made; the calls then come in a burst. */
  endsAfterItsCalls?: boolean;
}

/** One connection that a client is to make. */
export interface PlannedCall {
  /** Milliseconds after the start of the traffic. */
  atMs: number;
  address: string;
  port: number;
  closedBy: End;
  /** How long the connection stays open after the server answered. */
  holdMs: number;
}

export interface TrafficScript {
  durationMs: number;
  services: readonly Service[];
  /** Calls by the name of the calling host, in order of time. */
  calls: ReadonlyMap<string, readonly PlannedCall[]>;
}

const SHORTEST_MS = 1;
const LONGEST_MS = 1000;
/** Long connections end this much before the script, so that their FIN is part of the run. */
const TAIL_MS = 1500;
/** When, of the whole duration, the burst of calls to a service that ends after them begins. */
const BURST_AT = 0.35;

/**
 * Draws who calls whom: every service that others can reach gets one to three callers on other hosts, each with 3 to
 * 12 short connections of 1 ms to 1 s over the duration. Same input, same script.
 */
export function writeScript(input: {
  seed: number;
  durationMs: number;
  hosts: readonly { name: string; address: string }[];
  services: readonly Service[];
}): TrafficScript {
  const random = seededRandom(input.seed);
  const calls = new Map<string, PlannedCall[]>();
  for (const service of input.services.filter((candidate) => candidate.listenAddress !== "127.0.0.1")) {
    const address = input.hosts.find((host) => host.name === service.host)?.address;
    if (address === undefined) {
      throw new TypeError(`services.host: "${service.host}" is not among the hosts`);
    }
    const others = input.hosts.filter((host) => host.name !== service.host);
    for (const caller of random.pick(others, random.between(1, 3))) {
      const planned = callsOf(service, address, input.durationMs, random);
      calls.set(
        caller.name,
        [...(calls.get(caller.name) ?? []), ...planned].sort((a, b) => a.atMs - b.atMs),
      );
    }
  }
  return { durationMs: input.durationMs, services: input.services, calls };
}

/** How many calls a script makes to a service. */
export function callCount(script: TrafficScript, service: Service, address: string): number {
  const all = [...script.calls.values()].flat();
  return all.filter((call) => call.address === address && call.port === service.port).length;
}

function callsOf(service: Service, address: string, durationMs: number, random: Random): PlannedCall[] {
  const target = { address, port: service.port };
  const ends: readonly End[] = service.closes === "either" ? ["client", "server"] : [service.closes];
  const closedBy = () => random.pick(ends, 1)[0] ?? "client";
  const short = Array.from({ length: random.between(3, 12) }, () => {
    if (service.endsAfterItsCalls === true) {
      const atMs = Math.round(durationMs * BURST_AT) + random.between(0, 200);
      return { ...target, atMs, closedBy: closedBy(), holdMs: random.between(1, 50) };
    }
    // Even on a logarithmic scale: as many of 1 to 30 ms as of 30 ms to 1 s.
    const holdMs = Math.round(SHORTEST_MS * (LONGEST_MS / SHORTEST_MS) ** (random.between(0, 1000) / 1000));
    return { ...target, atMs: random.between(0, durationMs - TAIL_MS - LONGEST_MS), closedBy: closedBy(), holdMs };
  });
  const long = { ...target, atMs: 0, closedBy: closedBy(), holdMs: durationMs - TAIL_MS };
  return service.long === true ? [long, ...short] : short;
}
