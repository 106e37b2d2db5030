/** What every part of the recall lab knows: which port closes how, and after how long. SYNTHETIC traffic. */
export const CLOSINGS = ["client FIN", "server FIN", "client reset", "server reset"] as const;
export type Closing = (typeof CLOSINGS)[number];
const LIFETIMES_MS = [1, 50, 1000];

export const TCP_PORTS = { from: 10_000, count: 1000 };
export const UDP_PORTS = { from: 20_000, count: 300 };
export const CLIENTS = ["10.77.0.11", "10.77.0.12", "10.77.0.13"];
export const SERVERS = ["10.77.0.1", "10.77.0.2"];

export const closingOf = (port: number): Closing => CLOSINGS[port % 4] ?? "client FIN";
export const lifetimeOf = (port: number): number => LIFETIMES_MS[Math.floor(port / 4) % 3] ?? 1;
/** Of a UDP port: whether its client connects its socket. */
export const isConnectedUdp = (port: number): boolean => port % 2 === 0;

/** One flow of the truth, and of what an agent saw. */
export const flowKey = (protocol: string, client: string, server: string, port: number): string =>
  `${protocol} ${client} ${server} ${port}`;

/** Every (protocol, server, port) once, in an order that mixes the kinds; deterministic. */
export function targets(): { protocol: "tcp" | "udp"; server: string; port: number }[] {
  const all = SERVERS.flatMap((server) => [
    ...ports(TCP_PORTS).map((port) => ({ protocol: "tcp" as const, server, port })),
    ...ports(UDP_PORTS).map((port) => ({ protocol: "udp" as const, server, port })),
  ]);
  return all
    .map((target, index) => ({ target, order: (index * 7919) % all.length }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ target }) => target);
}

export function ports({ from, count }: { from: number; count: number }): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}
