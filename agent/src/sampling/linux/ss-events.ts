import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { messageOf } from "../../errors.ts";
import type { ConnectionEvent } from "../sampler.ts";
import { BACKLOG, type EventSource, MOST_EVENTS } from "../event-source.ts";
import { createLineSplitter, createRowSplitter } from "./line-splitter.ts";
import { ownAddressTowards } from "./own-address.ts";
import { type EndedSocket, parseSsEvents } from "./parse-ss-events.ts";
import { unlessUnreadable } from "./read-proc-file.ts";
import { TOOL_ENVIRONMENT } from "./tool-environment.ts";

export const SS_EVENTS = "ss-events";

/** The oldest iproute2 know neither: they print a header, and details on lines of their own. */
const OPTION_SETS = ["-EinOHtu", "-EinHtu", "-Eintu"];
const DNS = 53;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** Text that waits to be read at most: some 200 rows. */
const MOST_UNREAD = 64 * 1024;
/** A child that lived this long was well: the next fault begins with a short pause again. */
const WELL_AFTER_MS = 60_000;

interface SsEventsOptions {
  /** Starts ss with these arguments; its output must not be held back in a buffer. */
  start?: (args: string[]) => ChildProcessWithoutNullStreams;
  /** Called when word of some connections was lost, or much waits: look at the tables now. */
  onGap: () => void;
  now?: () => number;
  /** CPU milliseconds that a process used so far; undefined when it is gone. */
  cpuMsOf?: (pid: number) => number | undefined;
}

/** Without stdbuf, ss would hold its last rows back in a buffer, and lose them when it is killed. */
function startSs(args: string[]): ChildProcessWithoutNullStreams {
  return spawn("stdbuf", ["-oL", "ss", ...args], { env: TOOL_ENVIRONMENT });
}

/**
 * Sockets of this network namespace as the kernel destroys them, from a child process `ss -E` that is started again
 * when it ends. While it is away, and when the kernel's queue overran (ss then ends with 255), word of some ends is lost:
 * that is a gap, in milliseconds, and a call of `onGap`.
 */
export function createSsEvents({
  start = startSs,
  onGap,
  now = Date.now,
  cpuMsOf = processCpuMs,
}: SsEventsOptions): EventSource {
  const lines = createLineSplitter();
  const rows = createRowSplitter();
  /** What ss told and nobody has read yet; one row read as it comes costs four times as much as one among many. */
  let unread: { text: string; at: number }[] = [];
  let unreadLength = 0;
  let events: ConnectionEvent[] = [];
  let observations = 0;
  let lost = 0;
  let gapMs = 0;
  let reason: string | undefined;
  let child: ChildProcessWithoutNullStreams | undefined;
  let timer: NodeJS.Timeout | undefined;
  let pause = FIRST_PAUSE_MS;
  let options = 0;
  /** Monotonic; since when nobody listens. */
  let awaySince: number | undefined = performance.now();
  let startedAt = 0;
  /** Of the child of now, at the last call of `take`. */
  let childCpuMs = 0;
  let isClosed = false;

  function launch(): void {
    let complaint = "";
    let began: ChildProcessWithoutNullStreams;
    try {
      began = start([OPTION_SETS[options] ?? "-Eintu"]);
    } catch (error) {
      ended(messageOf(error));
      return;
    }
    child = began;
    childCpuMs = 0;
    startedAt = performance.now();
    began.once("spawn", back);
    began.stdout.setEncoding("utf8").on("data", (piece: string) => {
      const whole = lines.push(piece);
      tell(areDetailsApart() ? rows.push(whole) : whole);
    });
    began.stderr.setEncoding("utf8").on("data", (piece: string) => (complaint = (complaint + piece).slice(0, 500)));
    let isOver = false;
    const over = (why: string): void => {
      if (isOver) return;
      isOver = true;
      ended(why);
    };
    began.once("error", (error: NodeJS.ErrnoException) => over(notStarted(error)));
    began.once("close", (code, signal) => {
      const tooOld = /(invalid|unrecognized) option/.test(complaint) && options < OPTION_SETS.length - 1;
      if (tooOld) {
        options += 1;
        pause = 0;
      }
      over(`ss ended with ${code ?? signal}: ${complaint.split("\n")[0] ?? ""}`);
    });
  }

  function back(): void {
    if (awaySince !== undefined) gapMs += performance.now() - awaySince;
    awaySince = undefined;
  }

  function ended(why: string): void {
    child = undefined;
    lines.reset();
    tell(rows.end());
    if (isClosed) return;
    reason = why;
    awaySince ??= performance.now();
    if (performance.now() - startedAt > WELL_AFTER_MS) pause = FIRST_PAUSE_MS;
    timer = setTimeout(launch, pause).unref();
    pause = Math.min(Math.max(pause * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
    onGap();
  }

  /** Without -O; ss, writing line by line, then hands over a row and its details in two pieces. */
  const areDetailsApart = (): boolean => OPTION_SETS[options]?.includes("O") !== true;

  function tell(text: string): void {
    if (text === "") return;
    unread.push({ text, at: now() });
    unreadLength += text.length;
    if (unreadLength >= MOST_UNREAD && readAll()) onGap();
  }

  /** True where so much waits to be taken by now that a look should. */
  function readAll(): boolean {
    let isMuch = false;
    for (const { text, at } of unread) {
      const parsed = parseSsEvents(text);
      lost += parsed.lost;
      for (const socket of parsed.ended) {
        observations += 1;
        if (mayHaveSentNothing(socket)) continue;
        if (events.length >= MOST_EVENTS) lost += 1;
        else if (events.push(eventOf(socket, at)) === BACKLOG) isMuch = true;
      }
    }
    unread = [];
    unreadLength = 0;
    return isMuch;
  }

  /** What the child used since the last call; the rest of one that has ended is not known. */
  function cpuMsSince(): number {
    const total = child?.pid === undefined ? undefined : cpuMsOf(child.pid);
    if (total === undefined) return 0;
    const used = total - childCpuMs;
    childCpuMs = total;
    return Math.max(0, used);
  }

  launch();
  return {
    take() {
      tell(rows.pushNothing());
      readAll();
      const isAway = awaySince !== undefined;
      if (awaySince !== undefined) {
        gapMs += performance.now() - awaySince;
        awaySince = performance.now();
      }
      const taken = {
        events,
        source: {
          name: SS_EVENTS,
          ok: !isAway,
          ...(reason !== undefined && { reason }),
          observations,
          lost,
          gapMs: Math.round(gapMs),
          cpuMs: cpuMsSince(),
        },
      };
      events = [];
      observations = 0;
      lost = 0;
      gapMs = 0;
      if (!isAway) reason = undefined;
      return taken;
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      const ending = child;
      if (ending === undefined) return;
      const over = new Promise((resolve) => ending.once("close", resolve));
      ending.kill("SIGKILL");
      await over;
    },
  };
}

/**
 * The C library connects a UDP socket to each address that a name has, only to learn from where it would be reached
 * (getaddrinfo sorts by RFC 6724), and sends nothing: each TCP client seems to be one of UDP as well. Nothing here tells
 * such a socket from one that was used, so all are left out but those that asked a name server.
 */
function mayHaveSentNothing({ protocol, remotePort }: EndedSocket): boolean {
  return protocol === "udp" && remotePort !== DNS;
}

/** The scheduler counts in nanoseconds; a kernel without that tells nothing. */
function processCpuMs(pid: number): number | undefined {
  const text = unlessUnreadable(() => readFileSync(`/proc/${pid}/schedstat`, "latin1"));
  const [nanoseconds = ""] = text?.split(" ") ?? [];
  return /^\d+$/.test(nanoseconds) ? Number(nanoseconds) / 1e6 : undefined;
}

function notStarted(error: NodeJS.ErrnoException): string {
  return error.code === "ENOENT" ? "stdbuf (coreutils) or ss (iproute2) is not installed" : `ss: ${error.message}`;
}

function eventOf({ wasOpen, ...socket }: EndedSocket, at: number): ConnectionEvent {
  const localAddress = socket.localAddress ?? ownAddressTowards(socket.remoteAddress, networkInterfaces());
  const kind = wasOpen ? "closed" : "failed";
  return { kind, source: SS_EVENTS, at, ...socket, ...(localAddress !== undefined && { localAddress }) };
}
