import type { SaveResult } from "../accepted-report.ts";
import { StorageUnavailableError } from "../errors.ts";
import type { Database } from "./database.ts";
import { asUnavailable } from "./unavailable.ts";
import { writeGuard } from "./write-guard.ts";

interface Undoing {
  /** Writes something that changes nothing. */
  probe: () => void;
  /** Drops what was remembered of what is now taken back. */
  forget: () => void;
}

/** How the store is read and written: errors of the store itself come out as StorageUnavailableError. */
export function transactions(db: Database, path: string, { probe, forget }: Undoing) {
  const inTransaction = db.transaction((work: () => unknown) => work());
  const inSavepoint = db.transaction((work: () => unknown) => work());
  const guard = writeGuard(path, () => inTransaction.immediate(probe));

  function read<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw asUnavailable(error, path);
    }
  }
  return {
    guard,
    /** One statement. */
    read,
    /** Several statements that must see one state: what others commit meanwhile is not among it. */
    readAtOnce<T>(work: () => T): T {
      return read(() => inTransaction.deferred(work) as T);
    },
    write<T>(work: () => T): T {
      try {
        return guard.run(() => inTransaction.immediate(work) as T);
      } catch (error) {
        forget();
        throw error;
      }
    },
    /** One report of a group fails alone, unless it is the store that fails. */
    alone(work: () => SaveResult): SaveResult {
      try {
        return inSavepoint(work) as SaveResult;
      } catch (error) {
        forget();
        const known = asUnavailable(error, path);
        if (known instanceof StorageUnavailableError || !(known instanceof Error)) throw known;
        return { applied: false, duplicate: false, conflict: false, missing: [], error: known };
      }
    },
  };
}
