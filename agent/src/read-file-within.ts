import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { constants } from "node:fs";
import { codeOf } from "./errors.ts";

/** A file's content, or why there is none. `isCut`: it is longer than was asked for. */
export type FileReading =
  | { state: "read"; bytes: Buffer; isCut: boolean }
  | { state: "missing" | "denied" | "failed"; reason: string };

/** At most `limit` bytes of a regular file; never waits for a pipe and never throws for what a host may have. */
export function readFileWithin(path: string, limit: number): FileReading {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return notRead(path, error);
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return { state: "failed", reason: `${path}: no regular file` };
    const bytes = Buffer.allocUnsafeSlow(Math.min(stat.size, limit));
    let length = 0;
    while (length < bytes.length) {
      const count = readSync(descriptor, bytes, length, bytes.length - length, null);
      if (count === 0) break;
      length += count;
    }
    return { state: "read", bytes: bytes.subarray(0, length), isCut: stat.size > limit };
  } catch (error) {
    return notRead(path, error);
  } finally {
    closeSync(descriptor);
  }
}

function notRead(path: string, error: unknown): FileReading {
  const code = codeOf(error) ?? "unknown error";
  const reason = `${path}: ${code}`;
  if (code === "ENOENT" || code === "ENOTDIR") return { state: "missing", reason };
  return { state: code === "EACCES" || code === "EPERM" ? "denied" : "failed", reason };
}
