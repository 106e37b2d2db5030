import type { IncomingMessage } from "node:http";
import { ApiError } from "../errors.ts";
import type { BodyRoom } from "./body-room.ts";
import { freeMemory } from "./free-memory.ts";
import { growingBuffer } from "./growing-buffer.ts";

/** Up to this a body needs no room: what a report of 5,000 flows has packed, and no agent waits for another's. */
const SMALL = 64 * 1024;

export interface ReadOptions {
  /** Bytes over the wire. */
  limit: number;
  room: BodyRoom;
  /** From the headers to the last byte. */
  withinMs: number;
}

export interface BodyRead {
  body: Buffer;
  /** To be called when nothing holds the body any more. */
  release(): void;
}

/** What the headers say, undefined for a body in chunks. Node has refused what is no number, or given twice. */
function declaredLength({ headers }: IncomingMessage): number | undefined {
  if (headers["transfer-encoding"] !== undefined) return undefined;
  return Number(headers["content-length"] ?? 0);
}

/** What ends a reading before the last byte. */
function interruption(incoming: IncomingMessage, withinMs: number) {
  const controller = new AbortController();
  const end = (error: ApiError) => controller.abort(error);
  const late = `the body did not come within ${Math.round(withinMs / 1000)} s`;
  const timer = setTimeout(() => end(new ApiError("too_slow", late)), withinMs);
  const left = () => end(new ApiError("invalid_request", "the body ended before its length"));
  incoming.once("error", left);
  incoming.once("close", left);
  return {
    signal: controller.signal,
    end,
    done(): void {
      clearTimeout(timer);
      incoming.off("close", left);
    },
  };
}

/**
 * Reads a body within bounds of size, time and memory. A large one waits for room before it is read, and its sender with it.
 * What is left of one that is refused is thrown away as it comes.
 * @throws ApiError too_large, too_slow, or invalid_request where the sender left
 */
export async function readBody(incoming: IncomingMessage, options: ReadOptions): Promise<BodyRead> {
  const { limit, room, withinMs } = options;
  const declared = declaredLength(incoming);
  const tooLarge = () => new ApiError("too_large", `the body has more than ${limit} bytes`);
  if (declared !== undefined && declared > limit) throw tooLarge();
  const { signal, end, done } = interruption(incoming, withinMs);
  const body = growingBuffer(declared ?? limit, { fixed: declared !== undefined && declared <= SMALL });
  let giveBack: (() => void) | undefined;
  let hasRoom = false;
  function release(): void {
    giveBack?.();
    // Of small ones there is nothing to wait for.
    if (hasRoom) body.free();
  }
  try {
    if (declared !== undefined && declared > SMALL) {
      giveBack = await room.take(declared, signal);
      hasRoom = true;
    }
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      incoming.on("data", (piece: Buffer) => {
        if (!signal.aborted && !body.add(piece)) end(tooLarge());
        freeMemory(piece);
        if (signal.aborted || hasRoom || body.length <= SMALL) return;
        // In chunks, and no small one: it may become as large as any.
        hasRoom = true;
        incoming.pause();
        room.take(limit, signal).then(
          (give) => {
            giveBack = give;
            incoming.resume();
          },
          () => {},
        );
      });
      incoming.once("end", resolve);
    });
    return { body: body.bytes(), release };
  } catch (error) {
    release();
    incoming.resume();
    throw error;
  } finally {
    done();
  }
}
