import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { codeOf } from "./errors.ts";

interface NotRead {
  state: "missing" | "denied" | "failed";
  reason: string;
}

/** A file's content, or why there is none. `isCut`: it is longer than was asked for. */
export type FileReading = { state: "read"; bytes: Buffer; isCut: boolean } | NotRead;

/** At most `limit` bytes of a regular file; never waits for a pipe and never throws for what a host may have. */
export function readFileWithin(path: string, limit: number): FileReading {
  return readOpened(path, (descriptor, size) => {
    const bytes = Buffer.allocUnsafeSlow(Math.min(size, limit));
    let length = 0;
    while (length < bytes.length) {
      const count = readSync(descriptor, bytes, length, bytes.length - length, null);
      if (count === 0) break;
      length += count;
    }
    return { state: "read", bytes: bytes.subarray(0, length), isCut: size > limit };
  });
}

/** What `read` makes of an open regular file, where reading it from its beginning is not what is wanted. Waits and throws as little. */
export function readOpened<Answer>(path: string, read: (descriptor: number, size: number) => Answer): Answer | NotRead {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return notRead(path, error);
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return { state: "failed", reason: `${path}: no regular file` };
    return read(descriptor, stat.size);
  } catch (error) {
    return notRead(path, error);
  } finally {
    closeSync(descriptor);
  }
}

function notRead(path: string, error: unknown): NotRead {
  const code = codeOf(error) ?? "unknown error";
  const reason = `${path}: ${code}`;
  if (code === "ENOENT" || code === "ENOTDIR") return { state: "missing", reason };
  return { state: code === "EACCES" || code === "EPERM" ? "denied" : "failed", reason };
}
