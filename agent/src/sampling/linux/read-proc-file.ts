import { closeSync, openSync, readSync } from "node:fs";
import { codeOf } from "../../errors.ts";

/** Why a file could not be read. "missing" is no failure: the kernel has nothing of that name, or the process is gone. */
export class ProcFileError extends Error {
  override name = "ProcFileError";
  readonly kind: "missing" | "denied" | "failed";

  constructor(path: string, cause: unknown) {
    const code = codeOf(cause);
    super(`${path}: ${code ?? "unknown error"}`, { cause });
    this.kind = kindOf(code);
  }
}

/** Reads files of /proc, whose size is not known before, into one buffer that grows and is used again. */
export interface ProcFileReader {
  /**
   * The file's bytes, valid until the next call; at most `limit` of them.
   *
   * @throws {ProcFileError}
   */
  read(path: string, limit?: number): Buffer;
}

export function createProcFileReader(): ProcFileReader {
  let buffer = Buffer.allocUnsafeSlow(64 * 1024);

  function fill(descriptor: number, limit: number): number {
    let length = 0;
    while (length < limit) {
      if (length === buffer.length) {
        const larger = Buffer.allocUnsafeSlow(buffer.length * 2);
        buffer.copy(larger);
        buffer = larger;
      }
      const count = readSync(descriptor, buffer, length, Math.min(buffer.length, limit) - length, null);
      if (count === 0) break;
      length += count;
    }
    return length;
  }

  function read(path: string, limit = Number.MAX_SAFE_INTEGER): Buffer {
    try {
      const descriptor = openSync(path, "r");
      try {
        // Not in one expression: the buffer may be another one afterwards.
        const length = fill(descriptor, limit);
        return buffer.subarray(0, length);
      } finally {
        closeSync(descriptor);
      }
    } catch (error) {
      throw new ProcFileError(path, error);
    }
  }

  return { read };
}

/** What `action` gives; undefined where the system refused it: the process is gone, or closed to this user. */
export function unlessUnreadable<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof ProcFileError || codeOf(error) !== undefined) return undefined;
    throw error;
  }
}

/** True where the cause was a missing privilege. */
export function isDenied(error: unknown): boolean {
  return kindOf(codeOf(error)) === "denied";
}

function kindOf(code: string | undefined): ProcFileError["kind"] {
  // ESRCH: the process went away between opening and reading.
  if (code === "ENOENT" || code === "ESRCH" || code === "ENOTDIR") return "missing";
  return code === "EACCES" || code === "EPERM" ? "denied" : "failed";
}
