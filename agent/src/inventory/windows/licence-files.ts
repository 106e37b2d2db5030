import type { Findings } from "../addresses/findings.ts";
import { findLicenceFiles, LICENCE_FOLDERS } from "../addresses/licence-files.ts";
import type { OwnIdentity } from "../addresses/own-identity.ts";
import { FLEXLM, LICENCE_VARIABLE, SOFTWARE_ROOTS } from "./user-settings.ts";
import type { Hive } from "./hive.ts";
import type { LocalFolders } from "./local-folders.ts";

/**
 * Licence files where FLEXlm's, RLM's and their vendors' installers put them, and those that the machine's settings name: of
 * licence servers that FLEXlm's LMTOOLS set up as services (`License`), and of the programs (`*_LICENSE_FILE`).
 */
export function findMachineLicences(
  machine: Hive,
  { common, local }: LocalFolders,
  own: OwnIdentity,
  to: Findings,
): void {
  const folders = common.flatMap((folder) => LICENCE_FOLDERS.map((name) => `${folder}\\${name}`));
  const values = SOFTWARE_ROOTS.map((root) => `${root}\\${FLEXLM}`).flatMap((key) => [
    ...machine.keys(key).map((service) => machine.text(`${key}\\${service}`, "License")),
    ...machine
      .values(key)
      .filter((name) => LICENCE_VARIABLE.test(name))
      .map((name) => machine.text(key, name)),
  ]);
  const named = values
    .flatMap((value) => value?.split(";") ?? [])
    .filter((part) => /[\\/]/.test(part) && !part.includes("@"))
    .flatMap((part) => local(part) ?? []);
  const known = new Set<string>();
  const paths = [...folders, ...named].filter((path) => known.size < known.add(path.toLowerCase()).size);
  findLicenceFiles(paths, own, to);
}
