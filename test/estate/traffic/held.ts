import type { Estate } from "../estate.ts";
import { ACCEPTED_SUFFIX, type AcceptedRecord, CALLS_SUFFIX, type CallRecord, type Writer } from "./call-log.ts";
import { readRecords } from "./truth.ts";

/** Longer than anything that happens between a program's log and the kernel's table. */
const MARGIN_MS = 500;

/** One end of a connection, by the word of the program that held it. */
interface HeldEnd {
  /** `local > remote pid N`. */
  line: string;
  from: number;
  /** Infinity while it stands. */
  to: number;
}

/** A host's ends of all connections that the programs of the lab made, each as a line that a socket table can be compared with. */
export function heldEnds(estate: Estate, host: string): { ever: string[]; at(time: number): string[] } {
  const calls = readRecords<CallRecord & Writer>(estate, CALLS_SUFFIX);
  const closed = new Map<string, number>();
  for (const call of calls) if (call.event === "closed") closed.set(tuple(call), Date.parse(call.time));
  const acceptors = new Map(
    readRecords<AcceptedRecord & Writer>(estate, ACCEPTED_SUFFIX).map((record) => [tuple(record), record.pid]),
  );
  const ends: HeldEnd[] = [];
  for (const call of calls) {
    if (call.event !== "opened" || call.protocol === "udp") continue;
    const { clientAddress, clientPort, serverAddress, serverPort, clientHost, pid } = call;
    const [client, server] = [`${clientAddress} ${clientPort}`, `${serverAddress} ${serverPort}`];
    const life = { from: Date.parse(call.time), to: closed.get(tuple(call)) ?? Number.POSITIVE_INFINITY };
    if (clientHost === host) ends.push({ line: `${client} > ${server} pid ${pid}`, ...life });
    const serverHost = serverAddress.startsWith("127.") ? clientHost : estate.hostOfAddress(serverAddress);
    if (serverHost === host) ends.push({ line: `${server} > ${client} pid ${acceptors.get(tuple(call))}`, ...life });
  }
  return {
    ever: ends.map(({ line }) => line),
    at: (time) =>
      ends.filter(({ from, to }) => from + MARGIN_MS < time && time + MARGIN_MS < to).map(({ line }) => line),
  };
}

function tuple(ends: { clientAddress: string; clientPort: number; serverAddress: string; serverPort: number }): string {
  return `${ends.clientAddress}:${ends.clientPort} > ${ends.serverAddress}:${ends.serverPort}`;
}
