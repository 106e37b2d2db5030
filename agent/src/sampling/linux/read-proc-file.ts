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

/** Of a long file, in bytes. */
const PIECE = 256 * 1024;

/**
 * Hands over a long file piece by piece, at most `limit` bytes of it; a piece is valid until `take` returns. True where
 * the file was cut.
 *
 * @throws {ProcFileError}
 */
export function readPieces(path: string, limit: number, take: (piece: Buffer) => void): boolean {
  const piece = Buffer.allocUnsafeSlow(PIECE);
  const attempt = <Result>(action: () => Result): Result => {
    try {
      return action();
    } catch (error) {
      throw new ProcFileError(path, error);
    }
  };
  const descriptor = attempt(() => openSync(path, "r"));
  try {
    let total = 0;
    for (let filled = 0; total < limit;) {
      const count = attempt(() => readSync(descriptor, piece, filled, Math.min(PIECE - filled, limit - total), null));
      filled += count;
      total += count;
      if (count > 0 && filled < PIECE && total < limit) continue;
      take(piece.subarray(0, filled));
      if (count === 0) return false;
      filled = 0;
    }
    return true;
  } finally {
    closeSync(descriptor);
  }
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
