import type { Directory } from "@portolan/protocol";
import { compareText } from "../../flows/identity.ts";
import { RESIDENTS } from "../controller-sockets.ts";
import type { ProbeResult } from "../directory-reader.ts";
import { controllersOf } from "./controllers.ts";
import type { LinuxEvidence } from "./evidence.ts";
import { evidenceRows } from "./evidence-rows.ts";
import type { Account } from "./probe.ts";

/** A computer account whose key is on the host. */
interface HeldAccount extends Account {
  keyVersion: number;
  /** Seconds since 1970 UTC; 0 where unknown. */
  timestamp: number;
}

type Judged = Pick<Directory, "status" | "reason"> & { details: string[] };

/** The protocol's limits. */
const MOST_SPNS = 1024;
const LONGEST = 1024;
/** A computer account's name is cut to what NetBIOS allows. */
const NETBIOS_LENGTH = 15;

/** The host's computer account, of several the one whose key is newest: a host that was renamed or joined anew keeps old keys. */
export function heldAccount({ keytabs }: LinuxEvidence): HeldAccount | undefined {
  return keytabs
    .flatMap(({ path, entries }) => entries.map((entry) => ({ ...entry, keytab: path })))
    .filter(({ name }) => /^[^/]+\$$/.test(name))
    .toSorted((a, b) => b.timestamp - a.timestamp || b.keyVersion - a.keyVersion)[0];
}

/** Another text for another membership or another secret: what a probe said of one says nothing of the other. */
export function membershipKey({ name, realm, keytab, keyVersion, timestamp }: HeldAccount): string {
  return [name, realm, keytab, keyVersion, timestamp].join(" ");
}

/**
 * What the evidence says of the host's membership; the service accounts are not its work. `joined` takes the secret
 * of a computer account on the host itself, `broken` a controller's word.
 *
 * @param probe what a controller said of the account, where one was asked
 * @param at when the evidence was read; milliseconds since 1970 UTC
 */
export function judgeMembership(
  evidence: LinuxEvidence,
  probe: ProbeResult | undefined,
  at: number,
): Omit<Directory, "serviceAccounts"> {
  const { samba, secrets, sssd } = evidence;
  const account = heldAccount(evidence);
  const isController = samba.settings?.isController === true && secrets.hasDomainDatabase;
  const isMember = account !== undefined || secrets.domains.length > 0;
  const { status, reason, details } = isController
    ? {
        status: "joined" as const,
        reason: "not-verified" as const,
        details: ["the host is a domain controller: it is not probed"],
      }
    : isMember
      ? judgeMember(evidence, account, probe)
      : judgeOther(evidence);
  const isJoined = status === "joined" || status === "broken";
  const realm = realmOf(evidence, account);
  const domain = sssd.domains.find((item) => item.realm === realm);
  const [method, doubt] = isJoined && !isController ? methodOf(evidence, account) : [undefined, undefined];
  const found = isController ? "samba-winbind" : method;
  const netbios =
    secrets.domains[0] ?? (samba.settings?.isMember === true || isController ? samba.settings?.workgroup : undefined);
  const detail = [...details, ...(doubt === undefined ? [] : [doubt])].join("; ").slice(0, LONGEST);
  const role = isController ? "dc" : isJoined ? "member" : status === "not-joined" ? "standalone" : undefined;
  return {
    status,
    ...(reason && { reason }),
    ...(detail !== "" && { detail }),
    ...(found && { method: found }),
    ...(role && { role }),
    ...(realm !== undefined && { realm, dnsDomain: domain?.domain ?? realm.toLowerCase() }),
    ...(isJoined && netbios !== undefined && { netbios: netbios.toUpperCase() }),
    ...(account && { computerAccount: account.name }),
    domainControllers: controllersOf(evidence, realm, probe),
    ...(domain?.site !== undefined && { site: domain.site }),
    ...(account && account.timestamp > 0 && { secretChangedAt: new Date(account.timestamp * 1000).toISOString() }),
    spns: account === undefined ? [] : spnsOf(evidence, account),
    evidence: evidenceRows(evidence, account, probe),
    checkedAt: new Date(probe?.at ?? at).toISOString(),
    ...(probe && probe.outcome !== "tool-missing" && { probeMs: Math.round(probe.ms) }),
  };
}

function judgeMember(
  evidence: LinuxEvidence,
  account: HeldAccount | undefined,
  probe: ProbeResult | undefined,
): Judged {
  const details = [...renamed(evidence, account), ...unread(evidence), ...conflicts(evidence, account)];
  if (account === undefined) {
    details.push("no key of the computer account in a keytab: nothing to verify the membership with");
    return { status: "joined", reason: "not-verified", details };
  }
  if (probe === undefined) return { status: "joined", reason: "not-verified", details };
  const said = probe.detail === undefined ? [] : [`${probe.tool}: ${probe.detail}`];
  switch (probe.outcome) {
    case "healthy":
      return { status: "joined", details };
    case "dc-unreachable":
    case "tool-missing":
      return { status: "joined", reason: probe.outcome, details: [...said, ...details] };
    case "unclear":
      return { status: "joined", reason: "not-verified", details: [...said, ...details] };
    case "stale-secret":
      if (evidence.secrets.domains.length > 0) details.push("of the keytab; Samba's own secret may be another");
      return { status: "broken", reason: probe.outcome, details: [...said, ...details] };
    default:
      return { status: "broken", reason: probe.outcome, details: [...said, ...details] };
  }
}

/** No secret of a computer account was found: because there is none, or because it could not be looked for. */
function judgeOther(evidence: LinuxEvidence): Judged {
  const { keytabs, samba, secrets, sssd, joiners, beyond } = evidence;
  const hints = [
    ...sssd.domains.map(({ domain }) => `${sssd.path} names the domain ${domain}`),
    ...(samba.settings?.isMember === true ? [`${samba.path} says that the host is a member`] : []),
    ...evidence.kdcInfo.map(({ path }) => `${path} is there`),
    ...joiners.map(({ method, path }) => `${method} is installed (${path})`),
  ];
  const { isMember, isController, isPartial } = samba.settings ?? {};
  // What could not be read of Samba's settings, or stands elsewhere, may make it a member.
  const isUnseen = (samba.state !== "missing" && samba.reason !== undefined) || isPartial === true;
  const sambaMay = isUnseen || isMember === true || isController === true;
  const hidden = [...keytabs, sssd, ...(sambaMay ? [samba, secrets] : [])].filter(({ state }) => state === "denied");
  if (hidden.length > 0) {
    return {
      status: "unknown",
      reason: "no-privilege",
      details: [...hidden.flatMap(({ reason }) => reason ?? []), ...hints],
    };
  }
  const doubtful = [...keytabs, sssd, ...beyond, ...(sambaMay ? [samba, secrets] : [])].flatMap((item) =>
    item.state === "failed" || (item.state === "read" && item.reason !== undefined) ? (item.reason ?? []) : [],
  );
  if (doubtful.length > 0) return { status: "unknown", reason: "not-verified", details: [...doubtful, ...hints] };
  const others = new Set(keytabs.flatMap(({ entries }) => entries.map(({ realm }) => realm)));
  const told = new Set([
    ...sssd.domains.map(({ realm }) => realm),
    ...(isMember === true ? [samba.settings?.realm] : []),
  ]);
  const hostKeys = keytabs.flatMap(({ entries }) => entries.filter(({ name }) => /^host\//i.test(name)));
  const own = hostKeys.find(({ realm }) => told.has(realm.toUpperCase()));
  if (own !== undefined) {
    // As ktpass makes them: of the computer's account, or of a user's.
    const detail = `a keytab holds keys of ${own.name}@${own.realm}, and nothing says of which account`;
    return { status: "unknown", reason: "not-verified", details: [detail, ...hints] };
  }
  return {
    status: "not-joined",
    details: [
      ...sssd.others.map(
        ({ domain, provider }) =>
          `${sssd.path} names the domain ${domain} of ${provider}, which is no Active Directory`,
      ),
      ...(hints.length > 0 ? [...hints, "yet no secret of a computer account is on the host"] : []),
      ...[...others].map((realm) => `a keytab holds keys of ${realm}, but of no computer account`),
      ...(samba.settings?.workgroup !== undefined && !samba.settings.isMember
        ? [`${samba.path} names the workgroup ${samba.settings.workgroup}, which is no membership`]
        : []),
    ],
  };
}

function renamed({ hostName }: LinuxEvidence, account: HeldAccount | undefined): string[] {
  const own = (hostName.split(".")[0] ?? "").slice(0, NETBIOS_LENGTH).toLowerCase();
  if (account === undefined || account.name.slice(0, -1).toLowerCase() === own) return [];
  return [`the computer account is ${account.name}, the host's name ${hostName}`];
}

function unread({ keytabs, samba, secrets, sssd, beyond }: LinuxEvidence): string[] {
  return [...keytabs, samba, secrets, sssd, ...beyond]
    .filter(({ state, reason }) => state !== "missing" && reason !== undefined)
    .flatMap(({ reason }) => reason ?? []);
}

function conflicts({ samba, secrets, sssd }: LinuxEvidence, account: HeldAccount | undefined): string[] {
  const realms = new Set([
    ...(account === undefined ? [] : [account.realm.toUpperCase()]),
    ...sssd.domains.map(({ realm }) => realm),
    ...(samba.settings?.isMember === true && samba.settings.realm !== undefined ? [samba.settings.realm] : []),
  ]);
  return [
    ...(realms.size > 1 ? [`several realms: ${[...realms].join(", ")}`] : []),
    ...(secrets.domains.length > 0 && samba.settings !== undefined && !samba.settings.isMember
      ? [
          `Samba keeps a secret of ${secrets.domains.join(", ")}, but ${samba.path} no longer says that the host is a member`,
        ]
      : []),
  ];
}

/** How the host was joined, and a word where several ways left their traces. */
function methodOf(
  { samba, secrets, sssd, kdcInfo, joiners, controllerSockets, beyond }: LinuxEvidence,
  account: HeldAccount | undefined,
): [Directory["method"], string | undefined] {
  const running = new Set(controllerSockets.map(({ process }) => RESIDENTS.get(process)));
  const isSssd = sssd.domains.length > 0 || kdcInfo.length > 0 || running.has("sssd");
  const isWinbind = secrets.domains.length > 0 || running.has("samba-winbind");
  // realmd and sssd's own documentation join with Samba too: then its secret is sssd's, and one join.
  const isOneJoin = sssd.domains.some(({ realmdTags }) => realmdTags.includes("joined-with-samba"));
  const found: NonNullable<Directory["method"]>[] = [
    ...new Set(joiners.map(({ method }) => method)),
    ...(isSssd ? (["sssd"] as const) : []),
    ...(isWinbind && !(isSssd && isOneJoin) ? (["samba-winbind"] as const) : []),
  ];
  const [first] = found;
  if (first === undefined) {
    // What could not be read, or makes no sense, may hold another way.
    const isHidden = [sssd, samba, secrets, ...beyond].some(
      ({ state, reason }) => state !== "missing" && reason !== undefined,
    );
    return [account === undefined || isHidden ? undefined : "adcli-only", undefined];
  }
  if (found.length === 1) return [first, undefined];
  const resident = found.find((method) => running.has(method));
  return [resident ?? found.find((method) => method === "sssd") ?? first, `two joins at once: ${found.join(" and ")}`];
}

function realmOf(
  { samba, sssd, kdcInfo, joiners }: LinuxEvidence,
  account: HeldAccount | undefined,
): string | undefined {
  const { isMember, isController, realm } = samba.settings ?? {};
  return (
    account?.realm.toUpperCase() ??
    (isMember === true || isController === true ? realm : undefined) ??
    sssd.domains[0]?.realm ??
    kdcInfo[0]?.realm ??
    joiners.find(({ domain }) => domain !== undefined)?.domain?.toUpperCase()
  );
}

function spnsOf({ keytabs }: LinuxEvidence, { realm }: HeldAccount): string[] {
  const names = keytabs.flatMap(({ entries }) =>
    entries.filter((entry) => entry.realm === realm).map(({ name }) => name),
  );
  return [...new Set(names.filter((name) => name.includes("/") && name.length <= LONGEST))]
    .toSorted(compareText)
    .slice(0, MOST_SPNS);
}
