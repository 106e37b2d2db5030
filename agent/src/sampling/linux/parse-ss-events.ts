import type { Protocol } from "@portolan/protocol";
import { canonicalAddress } from "../address-text.ts";

/** A socket that was destroyed, as `ss -E` tells it. What the kernel no longer knew is absent. */
export interface EndedSocket {
  protocol: Protocol;
  /** Absent where it was wiped: "*" or the unspecified address. */
  localAddress?: string;
  localPort: number;
  remoteAddress: string;
  /** Absent after a reset: ss prints "*". */
  remotePort?: number;
  /** Payload, where this ss tells it. */
  bytesSent?: number;
  bytesReceived?: number;
  /** False of an attempt that was refused or never answered. */
  wasOpen: boolean;
}

export interface ParsedSsEvents {
  ended: EndedSocket[];
  /** Lines that are no rows. */
  lost: number;
}

const QUEUE = /^-?\d+$/;
const DIGITS = /^\d+$/;
const PORT = /^(?:\d{1,5}|\*)$/;
/** Before it: netid, state, the two queues, the two ends. */
const FIRST_DETAIL = 6;
/** No round trip was measured of a SYN that got no answer. */
const RTT = "rtt:";
const SPACES = /\s+/;
const UNSPECIFIED = new Set(["*", "0.0.0.0", "::"]);

/**
 * Reads whole lines of `ss -E -i -n -O -H -t -u`: `netid state recv-q send-q local peer details…`. Where ss knows no
 * `-O`, details stand on a line of their own that begins with white space. A socket that had no peer (a listener's, an
 * unconnected one) is no row of interest and not lost. Bytes sent are payload, exactly; received ones may be one more,
 * as the kernel counts a peer's FIN and doesn't say whether there was one.
 */
export function parseSsEvents(text: string): ParsedSsEvents {
  const result: ParsedSsEvents = { ended: [], lost: 0 };
  /** A row whose details may follow on a line of their own. */
  let last: EndedSocket | undefined;
  let isOfNoInterest = false;
  for (const line of text.split("\n")) {
    const fields = line.trimEnd().split(SPACES);
    if (fields.length === 1 && fields[0] === "") continue;
    if (fields[0] === "") {
      if (last) addBytes(last, fields);
      else if (!isOfNoInterest) result.lost += 1;
      last = undefined;
      continue;
    }
    const [netid, , received, sent, local, peer] = fields;
    last = undefined;
    isOfNoInterest = false;
    const from = endpoint(local);
    const to = endpoint(peer);
    const areQueues = QUEUE.test(received ?? "") && QUEUE.test(sent ?? "");
    if ((netid !== "tcp" && netid !== "udp") || !areQueues || !from || !to) {
      result.lost += 1;
      continue;
    }
    if (UNSPECIFIED.has(to.address) || from.port === undefined) {
      isOfNoInterest = true;
      continue;
    }
    const ended: EndedSocket = { protocol: netid, localPort: from.port, remoteAddress: to.address, wasOpen: true };
    if (!UNSPECIFIED.has(from.address)) ended.localAddress = from.address;
    if (to.port !== undefined) ended.remotePort = to.port;
    if (netid === "tcp" && fields.length > FIRST_DETAIL) addBytes(ended, fields.slice(FIRST_DETAIL));
    else if (netid === "tcp") last = ended;
    result.ended.push(ended);
  }
  return result;
}

function addBytes(socket: EndedSocket, details: readonly string[]): void {
  const sent = count(details, "bytes_sent:");
  const acked = count(details, "bytes_acked:");
  const received = count(details, "bytes_received:");
  // A caller's SYN counts as a byte that was acknowledged, a server's doesn't: its answer was timed. A reset of our own
  // wipes the counts, and the far port.
  const wasAnswered = acked !== undefined || received !== undefined || details.some((detail) => detail.startsWith(RTT));
  socket.wasOpen = wasAnswered || socket.remotePort === undefined;
  // A count of zero is not printed; the other two tell that the kernel counts at all. SYN and FIN are acknowledged, too;
  // where more was, this ss doesn't tell what was sent.
  if (sent !== undefined) socket.bytesSent = sent;
  else if ((acked ?? received) !== undefined && (acked ?? 0) <= 2) socket.bytesSent = 0;
  // Our own FIN was acknowledged, and so nearly always the peer's came.
  const isFinished = acked === (sent ?? 0) + 2;
  if (received !== undefined) socket.bytesReceived = isFinished ? Math.max(0, received - 1) : received;
  else if (acked !== undefined) socket.bytesReceived = 0;
}

/** Looked for without an expression: rows come one by one, each after a pause, and cost 54 µs each with them. */
function count(details: readonly string[], name: string): number | undefined {
  for (const detail of details) {
    if (!detail.startsWith(name)) continue;
    const digits = detail.slice(name.length);
    if (DIGITS.test(digits)) return Number.isSafeInteger(Number(digits)) ? Number(digits) : undefined;
  }
  return undefined;
}

/** `10.0.0.1:443`, `[::ffff:10.0.0.1]:443`, `[fe80::1]%eth0:443`, `127.0.0.53%lo:53`, `*:443`; port `*` is none. */
function endpoint(text = ""): { address: string; port: number | undefined } | undefined {
  const colon = text.lastIndexOf(":");
  const port = text.slice(colon + 1);
  if (colon < 1 || !PORT.test(port) || Number(port) > 65_535) return undefined;
  const address = withoutZone(text.slice(0, colon));
  const known = address === undefined || UNSPECIFIED.has(address) ? address : canonicalAddress(address);
  return known === undefined ? undefined : { address: known, port: port === "*" ? undefined : Number(port) };
}

/** An interface's zone stands within the brackets or behind them; an old ss writes IPv6 without. */
function withoutZone(text: string): string | undefined {
  const isBracketed = text.startsWith("[");
  const end = isBracketed ? text.indexOf("]") : text.length;
  const behind = text.slice(end + 1);
  if (end < 0 || (isBracketed && behind !== "" && !behind.startsWith("%"))) return undefined;
  const address = text.slice(isBracketed ? 1 : 0, end);
  const zone = address.indexOf("%");
  return zone < 0 ? address : address.slice(0, zone);
}
