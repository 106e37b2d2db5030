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
    if (line.trim() === "") continue;
    if (/^\s/.test(line)) {
      if (last) addBytes(last, line);
      else if (!isOfNoInterest) result.lost += 1;
      last = undefined;
      continue;
    }
    const [netid, , received, sent, local, peer, ...details] = line.split(/\s+/);
    last = undefined;
    isOfNoInterest = false;
    const from = endpoint(local);
    const to = endpoint(peer);
    const areQueues = QUEUE.test(received ?? "") && QUEUE.test(sent ?? "");
    if ((netid !== "tcp" && netid !== "udp") || !areQueues || !from || !to) {
      result.lost += 1;
      continue;
    }
    isOfNoInterest = UNSPECIFIED.has(to.address) || from.port === undefined;
    if (UNSPECIFIED.has(to.address) || from.port === undefined) continue;
    const ended: EndedSocket = { protocol: netid, localPort: from.port, remoteAddress: to.address, wasOpen: true };
    if (!UNSPECIFIED.has(from.address)) ended.localAddress = from.address;
    if (to.port !== undefined) ended.remotePort = to.port;
    if (netid === "tcp" && details.length > 0) addBytes(ended, details.join(" "));
    else if (netid === "tcp") last = ended;
    result.ended.push(ended);
  }
  return result;
}

function addBytes(socket: EndedSocket, details: string): void {
  const count = (name: string): number | undefined => {
    const digits = new RegExp(`(?:^|\\s)${name}:(\\d+)(?:\\s|$)`).exec(details)?.[1];
    return Number.isSafeInteger(Number(digits)) ? Number(digits) : undefined;
  };
  const sent = count("bytes_sent");
  const acked = count("bytes_acked");
  const received = count("bytes_received");
  // Our SYN counts as a byte that was acknowledged. A reset of our own wipes the counts, and the far port.
  socket.wasOpen = acked !== undefined || socket.remotePort === undefined;
  // A count of zero is not printed; bytes_acked, which counts our SYN, tells that the kernel counts at all.
  if (sent !== undefined) socket.bytesSent = sent;
  else if (acked !== undefined) socket.bytesSent = 0;
  // Our own FIN was acknowledged, and so nearly always the peer's came.
  const isFinished = acked === (sent ?? 0) + 2;
  if (received !== undefined) socket.bytesReceived = isFinished ? Math.max(0, received - 1) : received;
  else if (acked !== undefined) socket.bytesReceived = 0;
}

/** `10.0.0.1:443`, `[::ffff:10.0.0.1]:443`, `[fe80::1]%eth0:443`, `127.0.0.53%lo:53`, `*:443`; port `*` is none. */
function endpoint(text: string | undefined): { address: string; port: number | undefined } | undefined {
  const match = /^(?:\[(?<v6>[0-9a-fA-F:.]+)(?:%[^\]]*)?\]|(?<other>[^%[\]]+))(?:%.*)?:(?<port>\d{1,5}|\*)$/.exec(
    text ?? "",
  );
  const { v6, other, port } = match?.groups ?? {};
  const address = v6 ?? other;
  if (address === undefined || port === undefined || Number(port) > 65_535) return undefined;
  const known = UNSPECIFIED.has(address) ? address : canonicalAddress(address);
  return known === undefined ? undefined : { address: known, port: port === "*" ? undefined : Number(port) };
}
