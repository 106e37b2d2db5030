import { openLibrary } from "../../windows/koffi.ts";
import { closeHandle, type Handle } from "../../windows/processes.ts";
import { ERROR, lastError, Win32Error } from "../../windows/win32-error.ts";
import type { SecurityLog } from "./security-events.ts";

/** The Security log could not be subscribed to. */
class SecurityLogError extends Error {
  override name = "SecurityLogError";
}

const QUERY = "*[System[(EventID=5156 or EventID=5157)]]";
const EVT_SUBSCRIBE_TO_FUTURE_EVENTS = 1;
const EVT_RENDER_EVENT_XML = 1;
/** Asked for in one call. */
const MOST_HANDLES = 64;
/** EvtNext's answers where no event waits: besides the documented one, those to who asks before the signal, and at once. */
const NONE_WAITS: ReadonlySet<number> = new Set([ERROR.noMoreItems, ERROR.invalidOperation, ERROR.timeout]);

/** What is asked of wevtapi; a double in tests. Codes are Windows' own, 0 for success. */
export interface EventCalls {
  /** `handle` is 0 where it is refused, and `code` then says why. */
  subscribe(query: string): { handle: Handle; code: number };
  next(subscription: Handle, into: BigUint64Array, got: Uint32Array): number;
  /** The event as XML, with its NUL, `used[0]` bytes; false where it does not fit. */
  render(event: bigint, into: Buffer, used: Uint32Array): boolean;
  closeEvent(event: bigint): void;
  unsubscribe(subscription: Handle): void;
}

/**
 * Subscribes to the connections that the Filtering Platform permits and blocks from now on (wevtapi EvtSubscribe, to be
 * asked for more: no callback, and no thread of it in this process).
 *
 * @throws {SecurityLogError} naming the right that is missing
 */
export function openSecurityLog(calls: EventCalls = bindEventCalls()): SecurityLog {
  const { handle: subscription, code } = calls.subscribe(QUERY);
  if (Number(subscription) === 0) {
    const right = code === ERROR.accessDenied ? "; lacks membership of Event Log Readers" : "";
    throw new SecurityLogError(`${new Win32Error("the Security log", code).message}${right}`);
  }
  const handles = new BigUint64Array(MOST_HANDLES);
  const [got, used] = [new Uint32Array(1), new Uint32Array(1)];
  const text = Buffer.alloc(65_536);

  function xmlOf(event: bigint): string {
    const isRendered = calls.render(event, text, used);
    calls.closeEvent(event);
    // What can't be rendered is counted by whoever reads it: as text that makes no sense.
    return isRendered ? text.toString("utf16le", 0, Math.max(0, (used[0] ?? 0) - 2)) : "";
  }

  return {
    next(most) {
      const events: string[] = [];
      while (events.length < most) {
        const answer = calls.next(subscription, handles, got);
        if (answer !== 0 && !NONE_WAITS.has(answer) && events.length === 0) throw new Win32Error("EvtNext", answer);
        // What came before a refusal is told; it is refused again at the next look.
        if (answer !== 0) break;
        for (const event of handles.subarray(0, got[0])) events.push(xmlOf(event));
      }
      return events;
    },
    close: () => calls.unsubscribe(subscription),
  };
}

function bindEventCalls(): EventCalls {
  const wevtapi = openLibrary("wevtapi.dll");
  const kernel32 = openLibrary("kernel32.dll");
  const createEvent: (security: null, manual: number, isSet: number, name: null) => Handle = kernel32.func(
    "uint64 __stdcall CreateEventW(void *, int, int, str16)",
  );
  type Subscribe = (
    session: number,
    signal: Handle,
    channel: string,
    query: string,
    bookmark: number,
    context: number,
    callback: number,
    flags: number,
  ) => Handle;
  const subscribe: Subscribe = wevtapi.func(
    "uint64 __stdcall EvtSubscribe(uint64, uint64, str16, str16, uint64, uint64, uint64, uint32)",
  );
  type Next = (from: Handle, size: number, into: BigUint64Array, ms: number, zero: number, got: Uint32Array) => number;
  const next: Next = wevtapi.func("int __stdcall EvtNext(uint64, uint32, void *, uint32, uint32, void *)");
  type Render = (
    context: number,
    event: bigint,
    flags: number,
    size: number,
    into: Buffer,
    used: Uint32Array,
    properties: Uint32Array,
  ) => number;
  const render: Render = wevtapi.func(
    "int __stdcall EvtRender(uint64, uint64, uint32, uint32, void *, void *, void *)",
  );
  const close: (handle: Handle) => number = wevtapi.func("int __stdcall EvtClose(uint64)");
  const properties = new Uint32Array(1);
  let signal: Handle = 0;
  return {
    subscribe(query) {
      signal = createEvent(null, 1, 1, null);
      const handle = subscribe(0, signal, "Security", query, 0, 0, 0, EVT_SUBSCRIBE_TO_FUTURE_EVENTS);
      const code = Number(handle) === 0 ? lastError("EvtSubscribe").code : 0;
      if (code !== 0) closeHandle(signal);
      return { handle, code };
    },
    next: (from, into, got) => (next(from, into.length, into, 0, 0, got) === 0 ? lastError("EvtNext").code : 0),
    render: (event, into, used) => render(0, event, EVT_RENDER_EVENT_XML, into.length, into, used, properties) !== 0,
    closeEvent: (event) => void close(event),
    unsubscribe(subscription) {
      close(subscription);
      closeHandle(signal);
    },
  };
}
