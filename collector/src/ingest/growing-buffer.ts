import { freeMemory } from "./free-memory.ts";

/** Bytes in one stretch of memory that grows in place: neither copies nor small pieces stay behind. */
export interface GrowingBuffer {
  readonly length: number;
  /** @returns false, and nothing is taken, where it would be more than the limit */
  add(piece: Uint8Array): boolean;
  bytes(): Buffer;
  free(): void;
}

/** @param fixed for few bytes of which it is known how many come: memory that grows costs pages of its own */
export function growingBuffer(limit: number, { fixed = false } = {}): GrowingBuffer {
  const memory = fixed ? new ArrayBuffer(limit) : new ArrayBuffer(0, { maxByteLength: limit });
  const view = new Uint8Array(memory);
  let length = 0;
  return {
    get length() {
      return length;
    },
    add(piece) {
      if (length + piece.length > limit) return false;
      // Not with each piece: they may be of one byte.
      if (length + piece.length > memory.byteLength)
        memory.resize(Math.min(limit, Math.max(length + piece.length, memory.byteLength * 2)));
      view.set(piece, length);
      length += piece.length;
      return true;
    },
    bytes: () => Buffer.from(memory, 0, length),
    free: () => freeMemory(view),
  };
}
