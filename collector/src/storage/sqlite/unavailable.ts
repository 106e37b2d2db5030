import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { SqliteError } from "better-sqlite3";
import { StorageUnavailableError } from "../errors.ts";
import type { UnavailableReason } from "../errors.ts";

const SENTENCES: Record<UnavailableReason, (path: string) => string> = {
  unreadable: (path) => `${path} can't be read and written by this user.`,
  full: (path) => `The disk that holds ${path} is full.`,
  corrupt: (path) =>
    `${path} is damaged, and nothing is written to it: portolan doctor says where, portolan restore puts a backup in its place.`,
  not_a_database: (path) =>
    `${path} is not a database of Portolan's, or its beginning is damaged: portolan restore puts a backup in its place.`,
  locked: (path) => `${path} is locked by another program.`,
  stopped: (path) => `The thread that writes ${path} has ended.`,
  unknown: (path) => `${path} can't be used.`,
};

/** By prefix of SQLite's extended result codes (https://sqlite.org/rescode.html). */
const REASONS: readonly [string, UnavailableReason][] = [
  ["SQLITE_FULL", "full"],
  ["SQLITE_NOTADB", "not_a_database"],
  ["SQLITE_CORRUPT", "corrupt"],
  ["SQLITE_BUSY", "locked"],
  ["SQLITE_LOCKED", "locked"],
  ["SQLITE_CANTOPEN", "unreadable"],
  ["SQLITE_READONLY", "unreadable"],
  ["SQLITE_PERM", "unreadable"],
  ["SQLITE_IOERR", "unknown"],
];

const SYSTEM_REASONS: Record<string, UnavailableReason> = {
  ENOSPC: "full",
  EDQUOT: "full",
  EACCES: "unreadable",
  EPERM: "unreadable",
  EROFS: "unreadable",
  ENOTDIR: "unreadable",
  EISDIR: "unreadable",
  EEXIST: "unreadable",
  ENOENT: "unreadable",
};

/** The sentence for one reason, as an error. */
export function unavailable(reason: UnavailableReason, path: string, cause?: unknown): StorageUnavailableError {
  return new StorageUnavailableError(reason, SENTENCES[reason](path), cause);
}

/** What SQLite or the file system says about the store itself becomes a StorageUnavailableError; anything else stays. */
export function asUnavailable(error: unknown, path: string): unknown {
  if (error instanceof SqliteError) {
    const found = REASONS.find(([prefix]) => error.code.startsWith(prefix));
    if (!found) return error;
    return unavailable(found[1] === "unknown" && hasNoRoom(path) ? "full" : found[1], path, error);
  }
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    const reason = SYSTEM_REASONS[error.code];
    return reason ? unavailable(reason, path, error) : error;
  }
  return error;
}

/**
 * As asUnavailable, while a store is opened: SQL that fits the schema's version, and fails, says that the schema is not
 * what its version says. SQLite's own check does not look at names in it.
 */
export function asUnusable(error: unknown, path: string): unknown {
  if (!(error instanceof SqliteError) || error.code !== "SQLITE_ERROR") return asUnavailable(error, path);
  const sentence = `${path} has other tables than its version says (${error.message}): portolan restore puts a backup in its place.`;
  return new StorageUnavailableError("corrupt", sentence, error);
}

/** SQLite's index of the write-ahead log takes pages of this size; without room for one it says only "I/O error". */
const LEAST_ROOM_BYTES = 32 * 1024;

/** Whether the disk that holds `path` is full; false where that is not known. */
export function hasNoRoom(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < LEAST_ROOM_BYTES;
  } catch {
    // Whatever keeps the file system from answering, it is not known to be full.
    return false;
  }
}
