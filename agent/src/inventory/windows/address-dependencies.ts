import type { Registry } from "../../windows/registry.ts";
import { systemRoot } from "../../windows/system-root.ts";
import { searchConfiguration } from "../addresses/configuration-folders.ts";
import { type AddressFindings, type Findings, createFindings } from "../addresses/findings.ts";
import type { OwnIdentity } from "../addresses/own-identity.ts";
import { parseHosts } from "../addresses/parse-hosts.ts";
import { findCertificates } from "./certificates.ts";
import { createHive, type Hive } from "./hive.ts";
import { findMachineLicences } from "./licence-files.ts";
import { localFolders } from "./local-folders.ts";
import { findResolverSettings, findRoutes, findTimeSources } from "./network-settings.ts";
import { findOracleNames } from "./oracle-names.ts";
import { findMachineSettings, findUserSettings } from "./user-settings.ts";

interface AddressSources {
  /** HKEY_LOCAL_MACHINE. */
  machine: Registry;
  /** HKEY_USERS. */
  users: Registry;
  /** Folders of configuration files that somebody opted in; no others are searched. */
  configurationFolders: readonly string[];
  own: OwnIdentity;
}

const DATABASES = "SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters";
const MAIL = "SYSTEM\\CurrentControlSet\\Services\\SMTPSVC";

/**
 * What on this host names an address and may break when it or its peer moves, from the registry, the hosts file, licence
 * files, Oracle's names and files in folders that were opted in. No user or password is asked for. The same host gives the same list.
 */
export function readAddressDependencies({
  machine,
  users,
  configurationFolders,
  own,
}: AddressSources): AddressFindings {
  const findings = createFindings();
  const hive = createHive(machine, "HKLM", findings.miss);
  findResolverSettings(hive, findings);
  findHosts(hive, findings);
  findRoutes(hive, findings);
  findTimeSources(hive, findings);
  findMachineSettings(hive, findings);
  findUserSettings(createHive(users, "HKU", findings.miss), hive, findings);
  const folders = localFolders(hive, findings);
  findMachineLicences(hive, folders, own, findings);
  findOracleNames(hive, folders, findings);
  findCertificates(hive, findings);
  if (hive.text(MAIL, "ImagePath") !== undefined) {
    findings.miss("SMTPSVC: its relay stands in the metabase of IIS 6, which is not read");
  }
  searchConfiguration(configurationFolders, findings);
  return findings.take();
}

function findHosts(machine: Hive, to: Findings): void {
  const root = systemRoot(machine);
  const folder = machine.text(DATABASES, "DataBasePath") || "%SystemRoot%\\System32\\drivers\\etc";
  const hosts = `${folder.replace(/^%(?:SystemRoot|windir)%/i, () => root).replace(/\\$/, "")}\\hosts`;
  for (const { line, address, names } of parseHosts(to.textOf(hosts))) {
    to.add({ kind: "hosts-file", holder: `${hosts}:${line}`, target: [address, ...names].join(" "), source: hosts });
  }
}
