import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { codeOf, messageOf } from "../../errors.ts";
import type { SamplerOptions } from "../sampler.ts";
import { parseTraceFormat, type TraceFormat } from "./parse-trace-format.ts";
import { STATE_FILTER } from "./socket-states.ts";

/** Where a system mounts tracefs; the second where only debugfs is mounted. */
const TRACE_ROOTS = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
const EVENT = "events/sock/inet_sock_set_state";
/** Holds 1 s of 4,000 connections a second on one processor: each is two or three records of about 80 bytes. */
const BUFFER_KILOBYTES = 1408;

/** Which instance of which tracefs. Records go to whoever reads first: two agents of one kernel need two names. */
export interface TracePlace {
  root: string;
  instance: string;
}

/** Where the instance may be, in the order in which to try. */
export function tracePlaces({
  traceRoots = TRACE_ROOTS,
  traceInstance: instance = "portolan",
}: Pick<SamplerOptions, "traceRoots" | "traceInstance">): TracePlace[] {
  return traceRoots.map((root) => ({ root, instance }));
}

const folderOf = ({ root, instance }: TracePlace): string => `${root}/instances/${instance}`;

/** A private instance of the kernel's tracing that is told of TCP sockets' states, and of nothing else. */
export interface TraceInstance {
  header: TraceFormat;
  format: TraceFormat;
  /** Gives each page that waits to `take`; the bytes are valid until it returns. */
  readPages(take: (page: Uint8Array) => void): void;
  /** The kernel's own counts, since the instance was made. */
  counts(): TraceCounts;
  close(): void;
}

/** Of the records of an instance. */
export interface TraceCounts {
  /** Overwritten before anybody read them. */
  overrun: number;
  /** Read, by whoever it was. */
  read: number;
}

/** Why there is no tracing here; a sentence for people. */
export class NoTracingError extends Error {
  override name = "NoTracingError";
}

/**
 * Makes the instance, which needs root, and begins to record; what an earlier run left is used on. True when it was made
 * now.
 *
 * @throws NoTracingError
 */
export function prepareTracing(place: TracePlace): boolean {
  const { root } = place;
  const instance = folderOf(place);
  if (!existsSync(`${root}/${EVENT}`)) {
    throw new NoTracingError(
      `${root} has no sock/inet_sock_set_state: tracefs is not mounted, or the kernel is older than 4.16`,
    );
  }
  const isNew = !existsSync(instance);
  try {
    mkdirSync(instance, { recursive: true });
    writeFileSync(`${instance}/buffer_size_kb`, String(BUFFER_KILOBYTES));
    writeFileSync(`${instance}/${EVENT}/filter`, STATE_FILTER);
    writeFileSync(`${instance}/${EVENT}/enable`, "1");
    return isNew;
  } catch (error) {
    throw new NoTracingError(`${instance} can't be made: ${reasonOf(error)}`);
  }
}

/**
 * Ends the recording and takes the instance away; nothing where there is none. False where somebody still reads it: the
 * kernel then keeps it as it is.
 */
export function removeTracing(place: TracePlace): boolean {
  try {
    rmdirSync(folderOf(place));
  } catch (error) {
    const code = codeOf(error);
    if (code === "EBUSY") return false;
    if (code !== "ENOENT") throw error;
  }
  return true;
}

/**
 * Opens an instance that was prepared, by this process or by a service manager as root.
 *
 * @throws NoTracingError
 */
export function openTracing(place: TracePlace): TraceInstance {
  const { root } = place;
  const instance = folderOf(place);
  const descriptors: number[] = [];
  const close = (): void => {
    for (const descriptor of descriptors.splice(0)) closeSync(descriptor);
  };
  try {
    const header = formatOf(`${instance}/events/header_page`, `${root}/events/header_page`);
    const format = formatOf(`${instance}/${EVENT}/format`, `${root}/${EVENT}/format`);
    const data = header.fields.get("data");
    const page = Buffer.allocUnsafeSlow((data?.offset ?? 0) + (data?.size ?? 0));
    const cpus = readdirSync(`${instance}/per_cpu`).filter((name) => /^cpu\d+$/.test(name));
    for (const cpu of cpus) {
      descriptors.push(
        openSync(`${instance}/per_cpu/${cpu}/trace_pipe_raw`, constants.O_RDONLY | constants.O_NONBLOCK),
      );
    }
    return {
      header,
      format,
      readPages(take) {
        for (const descriptor of descriptors) {
          for (let length = readPage(descriptor, page); length > 0; length = readPage(descriptor, page)) {
            take(page.subarray(0, length));
          }
        }
      },
      counts() {
        const counts = { overrun: 0, read: 0 };
        for (const cpu of cpus) {
          const stats = readFileSync(`${instance}/per_cpu/${cpu}/stats`, "utf8");
          counts.overrun += countIn(stats, /^overrun: (\d+)/m);
          counts.read += countIn(stats, /^read events: (\d+)/m);
        }
        return counts;
      },
      close,
    };
  } catch (error) {
    close();
    if (error instanceof NoTracingError) throw error;
    throw new NoTracingError(`${instance} can't be read: ${reasonOf(error)}`);
  }
}

/**
 * Of the first of the paths that is there. They are read without being looked for: access(2), by which Node looks, asks
 * for the user's own right and not for its capabilities, and says that none is there.
 */
function formatOf(path: string, ...others: string[]): TraceFormat {
  const [next, ...rest] = others;
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (next === undefined || codeOf(error) !== "ENOENT") throw error;
    return formatOf(next, ...rest);
  }
  const format = parseTraceFormat(text);
  if (format === undefined) throw new NoTracingError(`${path} is not in a form that is known`);
  return format;
}

/**
 * Bytes read; 0 where none wait, which Node tells by throwing, once a second for each processor: without the stack,
 * which nobody reads, that costs 2 µs instead of 3.5.
 */
function readPage(descriptor: number, page: Buffer): number {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return readSync(descriptor, page, 0, page.length, null);
  } catch (error) {
    if (codeOf(error) === "EAGAIN") return 0;
    throw error;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** 0 where the kernel does not tell. */
function countIn(stats: string, line: RegExp): number {
  return Number(line.exec(stats)?.[1] ?? 0);
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === "ENOENT") return "it is not there";
  return code === "EACCES" || code === "EPERM" ? "permission denied" : (code ?? messageOf(error));
}
