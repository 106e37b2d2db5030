import { seededRandom, type Random } from "./random.ts";

export type End = "client" | "server";

/** A real server program on a host of the lab. */
export interface Service {
  host: string;
  port: number;
  /** Default tcp. A caller of a UDP service connects its socket, or not: each call draws one. */
  protocol?: "udp";
  /** Callers of a UDP service never connect their sockets. */
  neverConnects?: boolean;
  /** Name of the container that it runs in; it must be published to be called from other hosts. */
  container?: string;
  /** The port of the host by which others reach a service in a container. */
  publishedPort?: number;
  /** Each call draws whether it ends in FIN or in a reset. */
  resets?: boolean;
  /** Names of those that call it, in place of drawn ones; a container's name is one too. */
  callers?: readonly string[];
  /** Which end sends the first FIN; "either": each call draws one. */
  closes: End | "either";
  /** `web-server` asks its `database` on 127.0.0.1 for every request, and keeps one connection to it. */
  program: "server" | "web-server" | "database" | "udp-server";
  /** Default 0.0.0.0; "::" takes both families; "127.0.0.1" keeps callers of other hosts away. */
  listenAddress?: string;
  /** Port of the database on the same host. */
  databasePort?: number;
  /** Every caller also holds one connection for the whole run. */
  long?: boolean;
  /** The listener goes, and the program with it, as soon as all its calls were made; the calls then come in a burst. */
  endsAfterItsCalls?: boolean;
}

/** What a host, or a container, tries to reach in vain. */
export interface Attempt {
  from: string;
  to: string;
  port: number;
  fails: "refused" | "unanswered";
  times: number;
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
  /** In place of FIN. */
  reset?: boolean;
  protocol?: "udp";
  /** Of a UDP call: whether its socket is connected. */
  connected?: boolean;
  /** An attempt that is meant to fail. */
  fails?: "refused" | "unanswered";
}

export interface TrafficScript {
  durationMs: number;
  services: readonly Service[];
  /** Calls by the name of the calling host, in order of time. */
  calls: ReadonlyMap<string, readonly PlannedCall[]>;
}

const SHORTEST_MS = 1;
const LONGEST_MS = 1000;
/** An attempt without answer is given up after this long: the kernel sends SYN again after 1 and 3 s. */
export const LONGEST_ATTEMPT_MS = 2000;
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
  attempts?: readonly Attempt[];
}): TrafficScript {
  const random = seededRandom(input.seed);
  const calls = new Map<string, PlannedCall[]>();
  const add = (caller: string, planned: readonly PlannedCall[]): void =>
    void calls.set(
      caller,
      [...(calls.get(caller) ?? []), ...planned].sort((a, b) => a.atMs - b.atMs),
    );
  for (const service of input.services.filter((candidate) => candidate.listenAddress !== "127.0.0.1")) {
    const address = input.hosts.find((host) => host.name === service.host)?.address;
    if (address === undefined) {
      throw new TypeError(`services.host: "${service.host}" is not among the hosts`);
    }
    const others = input.hosts.filter((host) => host.name !== service.host);
    const drawn = random.pick(others, random.between(1, 3)).map(({ name }) => name);
    for (const caller of service.callers ?? drawn) add(caller, callsOf(service, address, input.durationMs, random));
  }
  for (const { from, to, port, fails, times } of input.attempts ?? []) {
    const address = input.hosts.find((host) => host.name === to)?.address ?? to;
    const attempt = { address, port, fails, closedBy: "client", holdMs: 0 } as const;
    const latest = input.durationMs - TAIL_MS - LONGEST_ATTEMPT_MS;
    add(
      from,
      Array.from({ length: times }, () => ({ ...attempt, atMs: random.between(0, Math.max(0, latest)) })),
    );
  }
  return { durationMs: input.durationMs, services: input.services, calls };
}

/** How many calls a script makes to a service. */
export function callCount(script: TrafficScript, service: Service, address: string): number {
  const all = [...script.calls.values()].flat();
  return all.filter((call) => call.address === address && call.port === calledPort(service)).length;
}

/** The port that callers name. */
export function calledPort({ port, publishedPort }: Service): number {
  return publishedPort ?? port;
}

function callsOf(service: Service, address: string, durationMs: number, random: Random): PlannedCall[] {
  const target = {
    address,
    port: calledPort(service),
    ...(service.protocol !== undefined && { protocol: service.protocol }),
  };
  const ends: readonly End[] = service.closes === "either" ? ["client", "server"] : [service.closes];
  const closedBy = () => random.pick(ends, 1)[0] ?? "client";
  const short = Array.from({ length: random.between(3, 12) }, (_, index) => {
    const ending = service.resets === true ? { reset: index % 2 === 0 } : {};
    const kind = service.protocol === "udp" ? { connected: service.neverConnects !== true && index % 2 === 0 } : ending;
    if (service.endsAfterItsCalls === true) {
      const atMs = Math.round(durationMs * BURST_AT) + random.between(0, 200);
      return { ...target, atMs, closedBy: closedBy(), holdMs: random.between(1, 50) };
    }
    // Even on a logarithmic scale: as many of 1 to 30 ms as of 30 ms to 1 s.
    const holdMs = Math.round(SHORTEST_MS * (LONGEST_MS / SHORTEST_MS) ** (random.between(0, 1000) / 1000));
    const atMs = random.between(0, durationMs - TAIL_MS - LONGEST_MS);
    return { ...target, ...kind, atMs, closedBy: closedBy(), holdMs };
  });
  const long = { ...target, atMs: 0, closedBy: closedBy(), holdMs: durationMs - TAIL_MS };
  return service.long === true ? [long, ...short] : short;
}
