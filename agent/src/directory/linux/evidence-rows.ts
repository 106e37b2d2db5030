import type { Directory } from "@portolan/protocol";
import type { ProbeResult } from "../directory-reader.ts";
import type { LinuxEvidence, Reading } from "./evidence.ts";
import type { Account } from "./probe.ts";

type Row = Directory["evidence"][number];

/** The protocol's limit. */
const LONGEST = 1024;

/** What was read and where, a row a statement. Never a key, a password or a line of a file. */
export function evidenceRows(
  { keytabs, secrets, samba, sssd, kerberos, kdcInfo, joiners, controllerSockets, beyond }: LinuxEvidence,
  account: Account | undefined,
  probe: ProbeResult | undefined,
): Row[] {
  const isProved = probe?.outcome === "healthy";
  const rows: Row[] = [];
  const add = (source: string, value: string, privileged = false, verifiedLive = false): void => {
    rows.push({ source: source.slice(0, LONGEST), value: value.slice(0, LONGEST), privileged, verifiedLive });
  };
  if (probe !== undefined && probe.outcome !== "tool-missing")
    add(probe.tool, probe.outcome, true, probe.outcome !== "unclear" && probe.outcome !== "dc-unreachable");
  for (const keytab of keytabs) {
    addUnread(keytab, add);
    for (const principal of accountsIn(keytab.entries)) {
      const isThis = keytab.path === account?.keytab && principal.startsWith(`${account.name}@${account.realm},`);
      add(keytab.path, principal, true, isProved && isThis);
    }
  }
  addUnread(secrets, add);
  for (const domain of secrets.domains) add(secrets.path, `a machine password of ${domain} is kept`, true);
  addUnread(samba, add);
  if (samba.settings !== undefined) {
    const { isMember, isController, workgroup, realm, isPartial } = samba.settings;
    const words = [
      isController ? "domain controller" : isMember ? "member" : "no member",
      workgroup !== undefined && `workgroup ${workgroup}`,
      realm !== undefined && `realm ${realm}`,
      isPartial && "further settings stand elsewhere and were not read",
    ];
    add(samba.path, words.filter(Boolean).join(", "));
  }
  addUnread(sssd, add);
  for (const { domain, realmdTags } of sssd.domains) {
    add(
      sssd.path,
      [`domain ${domain}`, ...(realmdTags.length > 0 ? [`realmd: ${realmdTags.join(" ")}`] : [])].join(", "),
      true,
    );
  }
  for (const { domain, provider } of sssd.others) {
    add(sssd.path, `domain ${domain} of ${provider}, which is no Active Directory`, true);
  }
  if (kerberos.defaultRealm !== undefined) add(kerberos.path, `default realm ${kerberos.defaultRealm}`);
  for (const { path, addresses } of kdcInfo) add(path, addresses.length > 0 ? addresses.join(", ") : "no address");
  for (const folder of beyond) addUnread(folder, add);
  for (const { method, path } of joiners) add(path, `${method} is installed`);
  const sockets = controllerSockets.map(({ process, address, port }) => `${process} ${address}:${port}`).toSorted();
  for (const socket of sockets) add("sockets", socket);
  return rows;
}

function addUnread({ path, state, reason }: Reading, add: (source: string, value: string) => void): void {
  if (state !== "missing" && reason !== undefined) add(path, state === "read" ? reason : `not read: ${reason}`);
}

/** Accounts, each once with its newest key version. */
function accountsIn(entries: LinuxEvidence["keytabs"][number]["entries"]): string[] {
  const versions = new Map<string, number>();
  for (const { name, realm, keyVersion } of entries) {
    if (name.includes("/")) continue;
    const principal = `${name}@${realm}`;
    versions.set(principal, Math.max(keyVersion, versions.get(principal) ?? 0));
  }
  return [...versions].map(([principal, version]) => `${principal}, key version ${version}`);
}
