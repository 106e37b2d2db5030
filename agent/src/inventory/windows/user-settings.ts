import type { Findings } from "../addresses/findings.ts";
import { dataSourceServer } from "../addresses/parse-data-sources.ts";
import { parseLicenceServers } from "../addresses/parse-licence-servers.ts";
import { isThisHost } from "../addresses/this-host.ts";
import type { Hive } from "./hive.ts";
import { parseClientAlias } from "./parse-targets.ts";

const PROFILES = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList";
/** Of people and accounts that a domain, this host or Entra made: not those of Windows' own services. */
const ACCOUNT = /^S-1-(?:5-21|12-1)-[\d-]+$/i;

/** Settings of programs of 64 and of 32 bits. */
export const SOFTWARE_ROOTS = ["SOFTWARE", "SOFTWARE\\WOW6432Node"];
/** FLEXlm's settings below each. */
export const FLEXLM = "FLEXlm License Manager";
export const LICENCE_VARIABLE = /LICENSE_FILE$/i;

/** Data sources, aliases of SQL Server's client and licence servers of the machine, of 64 and of 32 bits. */
export function findMachineSettings(machine: Hive, to: Findings): void {
  for (const root of SOFTWARE_ROOTS) {
    findDataSources(machine, root, "", to);
    findLicenceServers(machine, root, "", to);
    const key = `${root}\\Microsoft\\MSSQLServer\\Client\\ConnectTo`;
    for (const holder of machine.values(key)) {
      const target = parseClientAlias(machine.text(key, holder) ?? "");
      if (target !== undefined) to.add({ kind: "linked-server", holder, target, source: machine.nameOf(key) });
    }
  }
}

/**
 * The same of users, and the shares that stay mapped for them. Only who is signed on has a hive that is loaded; how many
 * others there are is told.
 */
export function findUserSettings(users: Hive, machine: Hive, to: Findings): void {
  const loaded = users.keys("").filter((id) => id.startsWith("S-") && !id.endsWith("_Classes"));
  for (const user of loaded) {
    const of = `, of ${user}`;
    findDataSources(users, `${user}\\SOFTWARE`, of, to);
    findLicenceServers(users, `${user}\\SOFTWARE`, of, to);
    for (const letter of users.keys(`${user}\\Network`)) {
      const key = `${user}\\Network\\${letter}`;
      const target = users.text(key, "RemotePath") ?? "";
      if (!target.startsWith("\\\\")) continue;
      to.add({ kind: "file-share", holder: `${letter}:${of}`, target, source: users.nameOf(key) });
    }
  }
  const away = machine.keys(PROFILES).filter((id) => ACCOUNT.test(id) && !loaded.includes(id)).length;
  if (away > 0) to.miss(`HKU: shares and data sources of ${away} users who are not signed on`);
}

function findDataSources(hive: Hive, root: string, of: string, to: Findings): void {
  const all = `${root}\\ODBC\\ODBC.INI`;
  for (const name of hive.keys(all)) {
    const key = `${all}\\${name}`;
    const target = dataSourceServer((value) => hive.text(key, value));
    if (target === undefined || isThisHost(target)) continue;
    to.add({ kind: "odbc", holder: `${name}${of}`, target, source: hive.nameOf(key) });
  }
}

function findLicenceServers(hive: Hive, root: string, of: string, to: Findings): void {
  const key = `${root}\\${FLEXLM}`;
  for (const name of hive.values(key).filter((value) => LICENCE_VARIABLE.test(value))) {
    for (const target of parseLicenceServers(hive.text(key, name) ?? "")) {
      to.add({ kind: "licence-service", holder: `${name}${of}`, target, source: hive.nameOf(key) });
    }
  }
}
