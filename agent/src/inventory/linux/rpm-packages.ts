import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Package } from "./parse-dpkg-status.ts";
import { parseRpmHeader } from "./parse-rpm-header.ts";

/** The database of rpm is of a kind that is not read. */
class RpmDatabaseError extends Error {
  override name = "RpmDatabaseError";
}

/** Older and other kinds: Berkeley DB (RHEL 8 and before) and rpm's own (SUSE). */
const OTHER_KINDS = ["Packages", "Packages.db"];

/**
 * Installed packages whose names matter, by rpm's SQLite database (RHEL 9, Fedora 33 and later). It is opened as one that
 * never changes, so that nothing is written or locked: what rpm is writing at that moment is missed until the next time.
 *
 * @param folder such as /var/lib/rpm
 * @returns undefined where rpm keeps no database there
 * @throws RpmDatabaseError for a database of another kind
 */
export function rpmPackages(folder: string, matters: (name: string) => boolean): Package[] | undefined {
  const file = `${folder}/rpmdb.sqlite`;
  if (!existsSync(file)) {
    const other = OTHER_KINDS.find((kind) => existsSync(`${folder}/${kind}`));
    if (other === undefined) return undefined;
    throw new RpmDatabaseError(`${folder}/${other}: expected rpmdb.sqlite; other kinds of rpm's database are not read`);
  }
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const url = pathToFileURL(file);
  url.searchParams.set("immutable", "1");
  const database = new DatabaseSync(url, { readOnly: true });
  try {
    const numbers = database
      .prepare("SELECT key, hnum FROM Name")
      .all()
      .flatMap(({ key, hnum }) => (typeof key === "string" && matters(key) ? [hnum ?? null] : []));
    const header = database.prepare("SELECT blob FROM Packages WHERE hnum = ?");
    return numbers.flatMap((number) => {
      const blob = header.get(number)?.["blob"];
      return blob instanceof Uint8Array ? (parseRpmHeader(Buffer.from(blob)) ?? []) : [];
    });
  } finally {
    database.close();
  }
}
