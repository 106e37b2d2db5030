import { readdirSync, realpathSync } from "node:fs";
import type { Directory } from "@portolan/protocol";
import { type HostRoots, inRoots } from "../../linux/in-roots.ts";
import { unitFiles } from "../../linux/unit-files.ts";
import { namesIn } from "../../names-in.ts";
import { readFileWithin } from "../../read-file-within.ts";
import { eachOnce } from "../each-once.ts";
import { parseUnitKeytabs, parseUnitUser } from "./parse-unit.ts";
import { readKeytab } from "./read-evidence.ts";

type ServiceAccount = Directory["serviceAccounts"][number];

interface Membership {
  isJoined: boolean;
  computerAccount: string | undefined;
  /** Those of the host itself, which are no service's. */
  hostKeytabs: readonly string[];
}

/** Users that systemd knows where /etc/passwd lacks them (its user-util.c). */
const BUILT_IN = new Set(["root", "nobody"]);
const MOST_UNIT_BYTES = 64 * 1024;
const MOST_KEYTABS = 256;
const MOST_PASSWD_BYTES = 4 * 1024 * 1024;
/** The protocol's limits. */
const MOST_ACCOUNTS = 4096;
const LONGEST = 1024;

/** Units that run as an account of a domain, and keytabs of services; names only, sorted. And the keytabs that could not be read. */
export function readServiceAccounts(
  roots: HostRoots,
  membership: Membership,
): { accounts: ServiceAccount[]; unread: Directory["evidence"] } {
  const units = readUnits(roots);
  const users = new Map<string, string[]>();
  for (const { name, keytabs } of units) {
    for (const path of keytabs) users.set(path, [...(users.get(path) ?? []), name]);
  }
  const keytabs = serviceKeytabs(roots, [...users.keys()], membership.hostKeytabs).map(readKeytab);
  const all = [
    ...unitAccounts(units, localUsers(`${roots.etcRoot}/passwd`), membership.isJoined),
    ...keytabs.flatMap((keytab) =>
      keytabAccounts(keytab, users.get(keytab.path) ?? [keytab.path], membership.computerAccount),
    ),
  ];
  const accounts = eachOnce(all.map((item) => ({ ...item, account: item.account.slice(0, LONGEST) })));
  const unread = keytabs
    .filter(({ state, reason }) => state !== "missing" && reason !== undefined)
    .map(({ path, reason = "" }) => ({ source: path, value: reason, privileged: true, verifiedLive: false }));
  return { accounts: accounts.slice(0, MOST_ACCOUNTS), unread };
}

/** What a systemd service says of accounts, its drop-ins counted in. */
interface Unit {
  name: string;
  /** "" where it names none. */
  user: string;
  keytabs: string[];
}

function readUnits(roots: HostRoots): Unit[] {
  return [...unitFiles(roots, "service")].map(([name, files]) => {
    const unit: Unit = { name, user: "", keytabs: [] };
    for (const file of files) {
      const reading = readFileWithin(file, MOST_UNIT_BYTES);
      if (reading.state !== "read") continue;
      // Most units name neither: found without taking them apart.
      const [namesUser, namesKeytab] = ["User", "KTNAME"].map((word) => reading.bytes.includes(word));
      if (namesUser === true) unit.user = parseUnitUser(reading.bytes.toString("utf8")) ?? unit.user;
      if (namesKeytab === true)
        unit.keytabs.push(
          ...parseUnitKeytabs(reading.bytes.toString("utf8")).flatMap((path) => inRoots(roots, path) ?? []),
        );
    }
    return unit;
  });
}

/**
 * `CORP\svc` and `svc@corp.example` are a domain's by their form. A plain name that /etc/passwd lacks is taken for one on a joined host
 * only; elsewhere it may be a user that was never made.
 */
function unitAccounts(units: readonly Unit[], local: Set<string> | undefined, isJoined: boolean): ServiceAccount[] {
  return units.flatMap(({ name: consumer, user }) => {
    const isDomains =
      /[\\@]/.test(user) || (isJoined && local !== undefined && !local.has(user) && !BUILT_IN.has(user));
    if (user === "" || user.includes("%") || /^\d+$/.test(user) || !isDomains) return [];
    return [{ consumer, account: user, kind: "domain" as const }];
  });
}

function localUsers(file: string): Set<string> | undefined {
  const reading = readFileWithin(file, MOST_PASSWD_BYTES);
  if (reading.state !== "read" || reading.isCut) return undefined;
  return new Set(
    reading.bytes
      .toString("utf8")
      .split("\n")
      .map((line) => line.slice(0, Math.max(0, line.indexOf(":")))),
  );
}

/** Those that units name, and where services keep them by custom; apart from the host's own. */
function serviceKeytabs(
  { etcRoot, varRoot }: HostRoots,
  named: readonly string[],
  hostKeytabs: readonly string[],
): string[] {
  const folders = [
    etcRoot,
    ...foldersIn(etcRoot),
    `${etcRoot}/httpd/conf`,
    ...foldersIn(`${varRoot}/kerberos/krb5/user`),
  ];
  const own = new Set(hostKeytabs.map(realPath));
  const paths = folders.flatMap((folder) =>
    namesIn(folder)
      .filter((name) => name.endsWith(".keytab"))
      .map((name) => `${folder}/${name}`),
  );
  return [...new Set([...named, ...paths])].filter((path) => !own.has(realPath(path))).slice(0, MOST_KEYTABS);
}

function keytabAccounts(
  { entries }: ReturnType<typeof readKeytab>,
  consumers: readonly string[],
  computerAccount: string | undefined,
): ServiceAccount[] {
  const principals = new Map(entries.map(({ name, realm }) => [`${name}@${realm}`, name]));
  return [...principals].flatMap(([account, name]) => {
    const kind = name === computerAccount ? ("machine" as const) : ("domain" as const);
    return consumers.map((consumer) => ({ consumer, account, kind }));
  });
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function foldersIn(folder: string): string[] {
  try {
    const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return folders.map(({ name }) => `${folder}/${name}`).sort();
  } catch {
    return [];
  }
}
