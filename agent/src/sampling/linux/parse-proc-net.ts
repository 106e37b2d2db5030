import type { Protocol } from "@portolan/protocol";
import type { Observation, SocketState } from "../sampler.ts";
import { createAddressTexts } from "../address-text.ts";
import type { AddressTexts } from "../address-text.ts";
import { TIME_WAIT_MS } from "../time-wait.ts";

/** include/net/tcp_states.h; 12 is a half-open request that older kernels print as 3. */
const TCP_STATES: readonly (SocketState | undefined)[] = [
  undefined,
  "established",
  "syn-sent",
  "syn-received",
  "fin-wait-1",
  "fin-wait-2",
  "time-wait",
  "closed",
  "close-wait",
  "last-ack",
  "listening",
  "closing",
  "syn-received",
];
const UDP_STATES: readonly (SocketState | undefined)[] = TCP_STATES.map((state) => {
  if (state === "established") return "connected";
  return state === "closed" ? "unconnected" : undefined;
});

/** USER_HZ, time(7): what the kernel tells times in, whatever its own clock. */
const TICK_MS = 10;
/** `SS TTTTTTTT:RRRRRRRR tt:WWWWWWWW`, of fixed widths. */
const WHEN_AFTER_STATE = 24;
const WHEN_DIGITS = 8;
const TIME_WAIT_TIMER = 3;

const LINE_FEED = 10;
const SPACE = 32;
const COLON = 58;
const ZERO = 48;

const HEX_DIGITS = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 16; digit++) {
  HEX_DIGITS[digit.toString(16).charCodeAt(0)] = digit;
  HEX_DIGITS[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

export interface ParsedSockets {
  observations: Observation[];
  /** Lines that are not rows. */
  lost: number;
}

/**
 * Reads the bytes of /proc/net/tcp, tcp6, udp or udp6: all states, in the file's order, IPv4-mapped addresses as IPv4.
 * One pass over the bytes, no string but the addresses' own. The format is proc(5) and net/ipv4/tcp_ipv4.c of Linux:
 * `sl: address:port address:port state tx:rx tr:when retransmits uid timeout inode …`, addresses as hexadecimal
 * words in host order. A line that is not like that is skipped and counted.
 */
export function parseProcNet(bytes: Uint8Array, protocol: Protocol): ParsedSockets {
  const states = protocol === "tcp" ? TCP_STATES : UDP_STATES;
  const texts = createAddressTexts();
  const observations: Observation[] = [];
  let lost = 0;
  let start = isHeader(bytes) ? afterLine(bytes, 0) : 0;
  while (start < bytes.length) {
    const end = afterLine(bytes, start);
    const observation = parseLine(bytes, start, end, protocol, states, texts);
    if (observation !== undefined) observations.push(observation);
    else lost++;
    start = end;
  }
  return { observations, lost };
}

function isHeader(bytes: Uint8Array): boolean {
  let at = 0;
  while (bytes[at] === SPACE) at++;
  return bytes[at] === 115 && bytes[at + 1] === 108; // "sl"
}

function afterLine(bytes: Uint8Array, start: number): number {
  const end = bytes.indexOf(LINE_FEED, start);
  return end === -1 ? bytes.length : end + 1;
}

function parseLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  protocol: Protocol,
  states: readonly (SocketState | undefined)[],
  texts: AddressTexts,
): Observation | undefined {
  let at = start;
  while (bytes[at] === SPACE) at++;
  const slot = at;
  while (isDecimal(bytes[at])) at++;
  if (at === slot || bytes[at] !== COLON || bytes[at + 1] !== SPACE) return undefined;
  const local = at + 2;
  // The widths are fixed: 8 digits of an IPv4 address or 32 of an IPv6 one, a colon, 4 digits of port.
  const width = bytes[local + 8] === COLON ? 8 : 32;
  const remote = local + width + 6;
  const stateAt = remote + width + 6;
  if (stateAt + 3 > end) return undefined;
  if (bytes[local + width] !== COLON || bytes[remote + width] !== COLON) return undefined;
  if (bytes[remote - 1] !== SPACE || bytes[stateAt - 1] !== SPACE || bytes[stateAt + 2] !== SPACE) return undefined;

  const state = states[hex(bytes, stateAt, 2)];
  const localPort = hex(bytes, local + width + 1, 4);
  const remotePort = hex(bytes, remote + width + 1, 4);
  const inode = inodeAfter(bytes, stateAt + 2, end);
  if (state === undefined || localPort < 0 || remotePort < 0 || inode < 0) return undefined;
  const localAddress = address(bytes, local, width, texts);
  const remoteAddress = address(bytes, remote, width, texts);
  if (localAddress === undefined || remoteAddress === undefined) return undefined;
  const row: Observation = { protocol, state, localAddress, localPort, remoteAddress, remotePort, inode };
  if (state === "time-wait") {
    const waitedMs = waitedAt(bytes, stateAt + WHEN_AFTER_STATE);
    if (waitedMs !== undefined) row.waitedMs = waitedMs;
  }
  return row;
}

/** Of TIME_WAIT the timer's `when` is what is left of its minute. Undefined where it is not that. */
function waitedAt(bytes: Uint8Array, at: number): number | undefined {
  if (hex(bytes, at - 3, 2) !== TIME_WAIT_TIMER || bytes[at - 1] !== COLON || bytes[at + WHEN_DIGITS] !== SPACE)
    return undefined;
  const left = hex(bytes, at, WHEN_DIGITS) * TICK_MS;
  return left < 0 || left > TIME_WAIT_MS ? undefined : TIME_WAIT_MS - left;
}

/** The sixth field from `at`: after queues, timer, retransmits, uid and timeout. -1 where it is missing or cut off. */
function inodeAfter(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (let field = 0; field < 5; field++) {
    while (bytes[at] === SPACE) at++;
    while (at < end && bytes[at] !== SPACE && bytes[at] !== LINE_FEED) at++;
  }
  while (bytes[at] === SPACE) at++;
  const first = at;
  let inode = 0;
  while (isDecimal(bytes[at])) inode = inode * 10 + (bytes[at++] ?? 0) - ZERO;
  // Another field always follows, so that a space proves the number whole.
  return at > first && at < end && bytes[at] === SPACE && Number.isSafeInteger(inode) ? inode : -1;
}

function address(bytes: Uint8Array, at: number, width: number, texts: AddressTexts): string | undefined {
  const word0 = hex(bytes, at, 8);
  if (word0 < 0) return undefined;
  if (width === 8) return texts.ipv4(word0);
  const word1 = hex(bytes, at + 8, 8);
  const word2 = hex(bytes, at + 16, 8);
  const word3 = hex(bytes, at + 24, 8);
  return word1 < 0 || word2 < 0 || word3 < 0 ? undefined : texts.ipv6(word0, word1, word2, word3);
}

/** `digits` hexadecimal digits as a number, -1 where one of them is none. */
function hex(bytes: Uint8Array, at: number, digits: number): number {
  let high = 0;
  let bad = 0;
  for (let index = at; index < at + digits; index++) {
    const digit = HEX_DIGITS[bytes[index] ?? 0] ?? -1;
    bad |= digit;
    high = (high << 4) | digit;
  }
  return bad < 0 ? -1 : high >>> 0;
}

function isDecimal(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= 57;
}
