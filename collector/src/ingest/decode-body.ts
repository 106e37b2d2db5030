import { ApiError } from "../errors.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import { freeMemory } from "./free-memory.ts";
import { JsonInspector } from "./inspect-json.ts";
import { plainValueOf, textOf, valueOf } from "./parse-json.ts";
import { codecOf, unpackLarge, unpackSmall } from "./unpack.ts";

/** What an agent may send to a route, and what an answer calls a body that is none of it. */
export interface BodyKind {
  malformed: "invalid_report" | "invalid_request";
  /** Bytes over the wire. */
  limit: number;
  /** Bytes of JSON in it. */
  unpackedLimit: number;
}

/** A report of 50,000 flows has about 11 MB of JSON, and a tenth of that packed. Agents split what is refused with 413. */
export const REPORT_BODY: BodyKind = {
  malformed: "invalid_report",
  limit: 8 * 1024 * 1024,
  unpackedLimit: 16 * 1024 * 1024,
};

/** An enrolment has a few hundred bytes. */
export const ENROLMENT_BODY: BodyKind = { malformed: "invalid_request", limit: 16 * 1024, unpackedLimit: 64 * 1024 };

/** More than this is held unpacked once at a time in the whole process, whoever sends how many. */
const SMALL = 64 * 1024;

const largeOnes = oneAtATime();

function unpackingFailed(error: unknown, encoding: string | undefined, { malformed }: BodyKind): unknown {
  if (error instanceof ApiError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return code !== undefined && /^(Z_|ZSTD_)/.test(code)
    ? new ApiError(malformed, `the body is not ${encoding}: ${message}`)
    : error;
}

function inspected(bytes: Buffer, { malformed, unpackedLimit }: BodyKind): JsonInspector {
  if (bytes.length > unpackedLimit) throw tooLarge(unpackedLimit);
  const inspector = new JsonInspector(malformed);
  inspector.add(bytes);
  return inspector;
}

function tooLarge(limit: number): ApiError {
  return new ApiError("too_large", `the body has more than ${limit} bytes of JSON`);
}

function decodeSmall(bytes: Buffer, kind: BodyKind): unknown {
  const plain = bytes.length <= SMALL ? plainValueOf(textOf(bytes, kind.malformed)) : undefined;
  if (plain) return plain;
  const inspector = inspected(bytes, kind);
  return valueOf(textOf(bytes, kind.malformed), inspector, kind.malformed);
}

/** The value of a body that is unpacked in pieces, each looked at before the next. */
async function decodeLarge(codec: "gzip" | "zstd", body: Buffer, kind: BodyKind): Promise<unknown> {
  const inspector = new JsonInspector(kind.malformed);
  const bytes = await unpackLarge(codec, body, kind.unpackedLimit, (piece) => inspector.add(piece));
  if (!bytes) throw tooLarge(kind.unpackedLimit);
  let text: string;
  try {
    text = textOf(bytes, kind.malformed);
  } finally {
    freeMemory(bytes);
  }
  return valueOf(text, inspector, kind.malformed);
}

/**
 * Gives `use` the JSON value of a body as it came over the wire. Nothing but a small body is parsed before its size, depth
 * and counts are known to be within bounds; and where it is large, nothing else that is large is unpacked until `use` is done.
 * @throws ApiError in the words of `kind`, too_large or unsupported_media_type
 */
export async function decodeBody<Answer>(
  body: Buffer,
  contentEncoding: string | undefined,
  kind: BodyKind,
  use: (value: unknown) => Answer | Promise<Answer>,
): Promise<Answer> {
  const codec = codecOf(contentEncoding);
  try {
    const bytes = codec ? unpackSmall(codec, body) : body;
    if (bytes && bytes.length <= SMALL) return await use(decodeSmall(bytes, kind));
    return await largeOnes(async () => {
      const value = codec ? await decodeLarge(codec, body, kind) : decodeSmall(body, kind);
      return use(value);
    });
  } catch (error) {
    throw unpackingFailed(error, contentEncoding, kind);
  }
}
