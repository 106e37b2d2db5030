import { promisify } from "node:util";
import { gunzip, zstdDecompress } from "node:zlib";
import { ApiError } from "../errors.ts";

/** A report of 50,000 flows has about 11 MB of JSON, and a tenth of that compressed. */
export const REPORT_BODY_LIMIT = 8 * 1024 * 1024;
const DECODED_LIMIT = 64 * 1024 * 1024;

const DECODERS = { gzip: promisify(gunzip), zstd: promisify(zstdDecompress) } as const;

async function inflate(body: Buffer, encoding: string): Promise<Buffer> {
  if (encoding === "identity") return body;
  const decoder = DECODERS[encoding as keyof typeof DECODERS];
  if (!decoder)
    throw new ApiError(
      "unsupported_media_type",
      `Content-Encoding: expected gzip, zstd or none, got ${JSON.stringify(encoding)}`,
    );
  try {
    return await decoder(body, { maxOutputLength: DECODED_LIMIT });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
      throw new ApiError("too_large", `the body unpacks to more than ${DECODED_LIMIT} bytes`);
    throw new ApiError("invalid_report", `the body is not ${encoding}: ${(error as Error).message}`);
  }
}

/** The JSON value of a body as it came over the wire. */
export async function decodeBody(body: Buffer, encoding = "identity"): Promise<unknown> {
  const bytes = await inflate(body, encoding.trim().toLowerCase());
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new ApiError("invalid_report", `the body is not JSON in UTF-8: ${(error as Error).message}`);
  }
}
