import { StorageUnavailableError } from "../errors.ts";
import type { UnavailableReason } from "../errors.ts";
import { asUnavailable, hasNoRoom, unavailable } from "./unavailable.ts";

/** A full disk has room again, a lock goes; damage stays until somebody restores a backup, and grows with each write. */
const LASTING: ReadonlySet<UnavailableReason> = new Set(["corrupt", "not_a_database"]);

/**
 * Remembers why the last write failed, and lets none through once the store was found damaged.
 * @param probe writes something that changes nothing, to see whether the reason is still there
 * @param isFull whether the disk has no room, which the probe may not notice: it fits into what the log has already
 */
export function writeGuard(path: string, probe: () => void, isFull = () => hasNoRoom(path)) {
  let refusal: StorageUnavailableError | undefined;

  /** @throws StorageUnavailableError for what SQLite or the file system says about the store itself */
  function run<T>(work: () => T): T {
    if (refusal && LASTING.has(refusal.reason)) throw refusal;
    try {
      const result = work();
      refusal = undefined;
      return result;
    } catch (error) {
      const known = asUnavailable(error, path);
      if (known instanceof StorageUnavailableError) refusal = known;
      throw known;
    }
  }
  return {
    run,
    /** Another connection found damage. */
    noteDamage: () => void (refusal ??= unavailable("corrupt", path)),
    /** Why no write would be taken now. */
    refusal(): UnavailableReason | undefined {
      if (refusal && !LASTING.has(refusal.reason) && !(refusal.reason === "full" && isFull())) {
        try {
          run(probe);
        } catch (error) {
          if (!(error instanceof StorageUnavailableError)) throw error;
        }
      }
      return refusal?.reason;
    },
  };
}
