/** Windows' answers that mean: more room is needed (winerror.h, ntstatus.h). */
const TOO_SMALL = new Set([
  122, // ERROR_INSUFFICIENT_BUFFER
  234, // ERROR_MORE_DATA
  0xc0000004, // STATUS_INFO_LENGTH_MISMATCH
]);
/** A table may grow between the answer that says its size and the call that reads it. */
const MOST_ATTEMPTS = 5;

/** A table of the system could not be read. */
export class TableError extends Error {
  override name = "TableError";
  /** Windows' answer; absent where the table outgrew each reading. */
  readonly code: number | undefined;

  constructor(message: string, code?: number) {
    super(message);
    this.code = code;
  }
}

/**
 * Room for a table that is read again and again. It grows with the table and is kept, so that mostly one call reads it.
 *
 * @param call fills the buffer; returns Windows' answer, and puts the bytes that were filled or needed in `size[0]`
 */
export function createGrownBuffer(name: string, call: (buffer: Buffer, size: Uint32Array) => number) {
  let buffer = Buffer.alloc(16_384);
  const size = new Uint32Array(1);
  return {
    /**
     * What the table holds now; valid until the next call.
     *
     * @throws {TableError} where Windows refuses, and after five readings that the table outgrew
     */
    read(): Buffer {
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        size[0] = buffer.length;
        const answer = call(buffer, size) >>> 0;
        const needed = size[0];
        if (answer === 0) return buffer.subarray(0, needed);
        if (!TOO_SMALL.has(answer)) throw new TableError(`${name}: error ${answer}`, answer);
        // A quarter more than it says: it grows while it is read.
        buffer = Buffer.alloc(Math.max(needed + (needed >> 2), buffer.length + 16_384));
      }
      throw new TableError(`${name}: grew while it was read, ${MOST_ATTEMPTS} times`);
    },
  };
}
