import { Readable } from "node:stream";
import { constants, createGunzip, createZstdDecompress, gunzipSync, zstdDecompressSync } from "node:zlib";
import { ApiError } from "../errors.ts";
import { freeMemory } from "./free-memory.ts";
import { growingBuffer } from "./growing-buffer.ts";

/** Unpacked at once, without a way through the thread pool that costs more than the unpacking: about 250 flows. */
const AT_ONCE = 64 * 1024;
/** A frame that wants a larger window gets none: 8 MiB, what every zstd level but the "ultra" ones stays within. */
const ZSTD = { params: { [constants.ZSTD_d_windowLogMax]: 23 } };

const PIECE = 64 * 1024;
/** Each piece that comes out is the whole of its memory, and the next is not made before it was taken. */
const IN_PIECES = { chunkSize: PIECE, readableHighWaterMark: 1 };

const CODECS = {
  gzip: {
    sync: (body: Buffer) => gunzipSync(body, { maxOutputLength: AT_ONCE }),
    stream: () => createGunzip(IN_PIECES),
  },
  zstd: {
    sync: (body: Buffer) => zstdDecompressSync(body, { ...ZSTD, maxOutputLength: AT_ONCE }),
    stream: () => createZstdDecompress({ ...ZSTD, ...IN_PIECES }),
  },
} as const;

type Codec = keyof typeof CODECS;

/** @returns undefined for a body that is sent as it is. @throws ApiError unsupported_media_type */
export function codecOf(contentEncoding: string | undefined): Codec | undefined {
  const name = contentEncoding?.trim().toLowerCase() ?? "identity";
  if (name === "identity") return undefined;
  if (Object.hasOwn(CODECS, name)) return name as Codec;
  const got = JSON.stringify(name.slice(0, 60));
  throw new ApiError("unsupported_media_type", `Content-Encoding: expected gzip, zstd or none, got ${got}`);
}

/** The whole of a small body, undefined where it is more than is unpacked at once. Throws what zlib throws. */
export function unpackSmall(codec: Codec, body: Buffer): Buffer | undefined {
  // JSON shrinks to a quarter at least: not worth a try.
  if (body.length > AT_ONCE / 4) return undefined;
  try {
    return CODECS[codec].sync(body);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") return undefined;
    throw error;
  }
}

/** A copy each: an engine that is stopped may go on reading what it was given, and the body's memory goes back by then. */
function* piecesOf(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += PIECE) yield Buffer.from(body.subarray(at, at + PIECE));
}

/**
 * Unpacks piece by piece into one stretch of memory, and stops as soon as `look` throws or the limit is passed.
 * @returns what was unpacked, undefined where it is more than `limit`. The memory is the caller's to free.
 */
export async function unpackLarge(
  codec: Codec,
  body: Buffer,
  limit: number,
  look: (piece: Buffer) => void,
): Promise<Buffer | undefined> {
  const unpacked = growingBuffer(limit);
  const stream = Readable.from(piecesOf(body)).pipe(CODECS[codec].stream());
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      look(piece);
      if (!unpacked.add(piece)) {
        unpacked.free();
        return undefined;
      }
      freeMemory(piece);
    }
    return unpacked.bytes();
  } catch (error) {
    unpacked.free();
    throw error;
  }
}
