import type { TraceFormat } from "./parse-trace-format.ts";

/** One change of a TCP socket's state, `inet_sock_set_state`. Ports and addresses as the socket has them. */
export interface StateChange {
  /** Tells sockets of one moment apart: the lower 48 bits of the kernel's pointer, in which they differ. */
  socket: number;
  /** Thread that ran when it happened: of the process itself only inside its own call to connect(). */
  pid: number;
  oldState: number;
  newState: number;
  localAddress: Uint8Array;
  localPort: number;
  remoteAddress: Uint8Array;
  remotePort: number;
}

export interface TracePage {
  changes: StateChange[];
  /** As the kernel counts what is read: also those that are no change of a TCP socket. */
  records: number;
  /** Records that could not be read: of another layout, or cut off. */
  unreadable: number;
}

/** Kinds of entry in a ring buffer's page (include/linux/ring_buffer.h). */
const PADDING = 29;
const TIME_EXTEND = 30;
/** The page's count of bytes without its flags (kernel/trace/ring_buffer.c, RB_MISSED_EVENTS). */
const COMMIT_MASK = (1 << 27) - 1;
const AF_INET = 2;
const AF_INET6 = 10;
const IPPROTO_TCP = 6;

/**
 * Reads one page of `per_cpu/cpuN/trace_pipe_raw`, little-endian as every Linux that Node runs on.
 * @param header layout of the page, from `events/header_page`
 * @param format layout of `sock/inet_sock_set_state`
 */
export function parseTracePage(page: Uint8Array, header: TraceFormat, format: TraceFormat): TracePage {
  const result: TracePage = { changes: [], records: 0, unreadable: 0 };
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const commit = header.fields.get("commit");
  const data = header.fields.get("data");
  const read = readerOf(format);
  if (!commit || !data || !read || commit.offset + 4 > page.length) return { ...result, unreadable: 1 };
  const end = data.offset + (view.getUint32(commit.offset, true) & COMMIT_MASK);
  if (end > page.length) return { ...result, unreadable: 1 };
  for (let at = data.offset; at + 4 <= end;) {
    const word = view.getUint32(at, true);
    const kind = word & 31;
    if (kind >= TIME_EXTEND) {
      at += 8;
      continue;
    }
    if (kind === PADDING && word >>> 5 === 0) break;
    const hasLength = kind === 0 || kind === PADDING;
    if (hasLength && at + 8 > end) return { ...result, unreadable: result.unreadable + 1 };
    const length = hasLength ? view.getUint32(at + 4, true) : kind * 4;
    const start = at + (hasLength ? 8 : 4);
    const next = at + 4 + length;
    // A length of its own counts the word that holds it.
    if (next > end || (hasLength && length < 4)) return { ...result, unreadable: result.unreadable + 1 };
    if (kind !== PADDING) {
      result.records += 1;
      const change = read(page, view, start, next);
      if (change === "unreadable") result.unreadable += 1;
      else if (change) result.changes.push(change);
    }
    at = next;
  }
  return result;
}

type RecordReader = (
  page: Uint8Array,
  view: DataView,
  start: number,
  end: number,
) => StateChange | "unreadable" | undefined;

/** One reader serves all pages of a format. */
const readers = new WeakMap<TraceFormat, { read: RecordReader | undefined }>();

function readerOf(format: TraceFormat): RecordReader | undefined {
  let known = readers.get(format);
  if (known === undefined) readers.set(format, (known = { read: recordReader(format) }));
  return known.read;
}

/** Undefined where the kernel's record lacks a field. */
function recordReader({ id, fields }: TraceFormat): RecordReader | undefined {
  const offsets = [
    "common_type",
    "common_pid",
    "skaddr",
    "oldstate",
    "newstate",
    "sport",
    "dport",
    "family",
    "protocol",
    "saddr",
    "daddr",
    "saddr_v6",
    "daddr_v6",
  ].map((name) => fields.get(name)?.offset);
  if (offsets.includes(undefined)) return undefined;
  const [
    type = 0,
    pid = 0,
    socket = 0,
    oldState = 0,
    newState = 0,
    sport = 0,
    dport = 0,
    family = 0,
    protocol = 0,
    ...addresses
  ] = offsets;
  const [saddr = 0, daddr = 0, saddr6 = 0, daddr6 = 0] = addresses;
  const size = Math.max(...[...fields.values()].map((field) => field.offset + field.size));
  return (page, view, start, end) => {
    if (end - start < size) return "unreadable";
    if (view.getUint16(start + type, true) !== id) return undefined;
    // Older kernels keep the protocol in one byte, whose neighbour is padding.
    if (page[start + protocol] !== IPPROTO_TCP) return undefined;
    const version = view.getUint16(start + family, true);
    if (version !== AF_INET && version !== AF_INET6) return "unreadable";
    const [source, destination, width] = version === AF_INET ? [saddr, daddr, 4] : [saddr6, daddr6, 16];
    return {
      socket: view.getUint16(start + socket + 4, true) * 2 ** 32 + view.getUint32(start + socket, true),
      pid: view.getInt32(start + pid, true),
      oldState: view.getInt32(start + oldState, true),
      newState: view.getInt32(start + newState, true),
      localAddress: page.slice(start + source, start + source + width),
      localPort: view.getUint16(start + sport, true),
      remoteAddress: page.slice(start + destination, start + destination + width),
      remotePort: view.getUint16(start + dport, true),
    };
  };
}
