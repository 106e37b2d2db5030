import type { Findings } from "../addresses/findings.ts";
import { findTnsNames } from "../addresses/tns-names.ts";
import type { Hive } from "./hive.ts";
import type { LocalFolders } from "./local-folders.ts";
import { SOFTWARE_ROOTS } from "./user-settings.ts";

const VARIABLES = "SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment";
/** Where Oracle's setup keeps a home's settings: `KEY_OraDB19Home1`, of old ones `HOME0`. */
const HOME = /^(?:KEY_|HOME\d)/i;

/**
 * Names of databases in the tnsnames.ora of Oracle's homes, of 64 and of 32 bits, and where `TNS_ADMIN` says that it lies: in
 * the homes' settings, or among the machine's variables, of which no other is read.
 */
export function findOracleNames(machine: Hive, { local }: LocalFolders, to: Findings): void {
  const keys = SOFTWARE_ROOTS.map((root) => `${root}\\ORACLE`).flatMap((key) => [
    key,
    ...machine
      .keys(key)
      .filter((name) => HOME.test(name))
      .map((name) => `${key}\\${name}`),
  ]);
  const folderOf = (key: string, name: string): string | undefined => local(machine.text(key, name) ?? "");
  const named = keys.flatMap((key) => {
    const home = folderOf(key, "ORACLE_HOME");
    return [folderOf(key, "TNS_ADMIN"), home && `${home}\\network\\admin`];
  });
  const folders = new Map<string, string>();
  for (const folder of [folderOf(VARIABLES, "TNS_ADMIN"), ...named]) {
    if (folder !== undefined) folders.set(folder.toLowerCase(), folder);
  }
  for (const folder of folders.values()) findTnsNames(`${folder}\\tnsnames.ora`, to);
}
