import { isIP } from "node:net";
import type { Directory } from "@portolan/protocol";
import { eachOnce } from "../each-once.ts";
import { evidenceRows } from "./evidence-rows.ts";
import { refusalOf, type RoleAnswer, valueOf, type WindowsEvidence } from "./evidence.ts";

type Judged = Required<Pick<Directory, "status">> & Pick<Directory, "reason" | "role"> & { details: string[] };

/** NETSETUP_JOIN_STATUS of lmjoin.h; 0 is unknown, 1 unjoined. */
const WORKGROUP = 2;
export const JOINED_DOMAIN = 3;
const UNJOINED = 1;
/** The protocol's limits; the `$` of an account comes behind a name. */
const LONGEST_NAME = 254;
const LONGEST_TEXT = 1024;
/** ERROR_NO_LOGON_SERVERS, winerror.h. */
const NO_LOGON_SERVERS = 1311;

/** DSROLE_MACHINE_ROLE of dsrole.h; undefined for a number that it doesn't have. */
export function roleOf({ role }: RoleAnswer): Directory["role"] {
  return (["standalone", "member", "standalone", "member", "dc", "dc"] as const)[role];
}

/**
 * What the evidence says of the host's membership; the service accounts are not its work. Nothing here is a live
 * confirmation: Windows' own functions repeat what the host believes, and the secure channel tells of its last use.
 * So a membership is `not-verified` or `dc-unreachable`, and never `broken`.
 *
 * @param at when the evidence was read; milliseconds since 1970 UTC
 */
export function judgeMembership(evidence: WindowsEvidence, at: number): Omit<Directory, "serviceAccounts"> {
  const { registry } = evidence;
  const [join, role, controller] = [valueOf(evidence.join), valueOf(evidence.role), valueOf(evidence.controller)];
  const { status, reason, role: found, details } = judge(evidence);
  const isJoined = status === "joined";
  const netbios = nameOf((join?.status === JOINED_DOMAIN ? join.name : undefined) ?? role?.netbios);
  const dnsDomain = nameOf(role?.dnsDomain ?? controller?.dnsDomain)?.toLowerCase();
  const forest = nameOf(role?.forest ?? controller?.forest)?.toLowerCase();
  const site = nameOf(controller?.site ?? registry.dynamicSite.text ?? registry.policySite.text);
  const computer = nameOf(registry.computerName.text);
  const distinguishedName = registry.distinguishedName.text?.slice(0, LONGEST_TEXT).toWellFormed();
  const entra = entraOf(evidence, isJoined);
  return {
    status,
    ...(reason && { reason }),
    ...(details.length > 0 && { detail: details.join("; ").slice(0, LONGEST_TEXT).toWellFormed() }),
    ...(found && { role: found }),
    ...(isJoined && {
      method: "windows" as const,
      ...(dnsDomain !== undefined && { realm: dnsDomain.toUpperCase(), dnsDomain }),
      ...(forest !== undefined && { forest }),
      ...(netbios !== undefined && { netbios: netbios.toUpperCase() }),
      ...(computer !== undefined && { computerAccount: `${computer}$` }),
      ...(distinguishedName !== undefined && { distinguishedName }),
      ...(site !== undefined && { site }),
    }),
    ...(entra && { entra }),
    domainControllers: isJoined ? controllersOf(evidence) : [],
    spns: [],
    evidence: evidenceRows(evidence),
    checkedAt: new Date(at).toISOString(),
  };
}

function judge(evidence: WindowsEvidence): Judged {
  const [join, told] = [valueOf(evidence.join), valueOf(evidence.role)];
  const role = told && roleOf(told);
  const refused = [
    ...refusal("NetGetJoinInformation", refusalOf(evidence.join)),
    ...refusal("DsRoleGetPrimaryDomainInformation", refusalOf(evidence.role)),
  ];
  const unknownRole =
    told === undefined || role !== undefined ? [] : [`DsRoleGetPrimaryDomainInformation says ${told.role}`];
  const byJoin =
    join?.status === JOINED_DOMAIN ? true : join?.status === UNJOINED || join?.status === WORKGROUP ? false : undefined;
  const byRole = role === undefined ? undefined : role !== "standalone";
  const isMember = byJoin ?? byRole;
  if (byJoin !== undefined && byRole !== undefined && byJoin !== byRole) {
    const details = [
      `NetGetJoinInformation says ${byJoin ? "domain" : "no domain"}, DsRoleGetPrimaryDomainInformation ${role}`,
    ];
    return { status: "unknown", reason: "not-verified", details };
  }
  if (isMember === undefined) {
    const numbers = [...(join === undefined ? [] : [`NetGetJoinInformation says ${join.status}`]), ...unknownRole];
    return { status: "unknown", reason: "not-verified", details: [...refused, ...numbers] };
  }
  if (!isMember) {
    const workgroup = join?.status === WORKGROUP && join.name !== undefined;
    const details = workgroup ? [...refused, `the workgroup ${join.name} is no membership`] : refused;
    return { status: "not-joined", role: "standalone", details };
  }
  return {
    status: "joined",
    reason: valueOf(evidence.channel)?.status === NO_LOGON_SERVERS ? "dc-unreachable" : "not-verified",
    // A controller taken for a member would be told from what it serves to be none.
    ...(role && { role }),
    details: [...refused, ...unknownRole, ...channelWords(evidence)],
  };
}

/** What the secure channel's last use came to, by its number: the texts of Windows are in its language. */
function channelWords({ channel }: WindowsEvidence): string[] {
  const told = valueOf(channel);
  if (told === undefined || told.status === 0) return [];
  const meaning = CHANNEL_MEANINGS[told.status];
  return [`secure channel when it was last used: error ${told.status}${meaning === undefined ? "" : ` (${meaning})`}`];
}

/** winerror.h: ERROR_ACCESS_DENIED, ERROR_NO_LOGON_SERVERS, ERROR_NO_TRUST_SAM_ACCOUNT. */
const CHANNEL_MEANINGS: Partial<Record<number, string>> = {
  5: "the controller denied access",
  [NO_LOGON_SERVERS]: "no controller answered",
  1787: "the controller knew no such computer account",
};

function refusal(call: string, code: number | undefined): string[] {
  return code === undefined ? [] : [code === 0 ? `${call} gave nothing` : `${call}: error ${code}`];
}

function entraOf({ entra }: WindowsEvidence, isJoined: boolean): Directory["entra"] {
  const told = valueOf(entra);
  if (told === undefined) return undefined;
  if (told === "none") return { state: "none" };
  const tenantId = nameOf(told.tenantId);
  const tenant = tenantId === undefined ? {} : { tenantId };
  if (told.kind === 1) return { state: isJoined ? "hybrid" : "device", ...tenant };
  return told.kind === 2 ? { state: "workplace", ...tenant } : undefined;
}

/** The controllers that the host remembers, each with what says so; sorted. */
function controllersOf({ controller, channel, registry }: WindowsEvidence): Directory["domainControllers"] {
  const told = valueOf(controller);
  const all = [
    { name: told?.name, address: told?.address, source: "DsGetDcNameW" },
    { name: valueOf(channel)?.controller, address: undefined, source: "I_NetLogonControl2" },
    { name: registry.policyController.text, address: undefined, source: "Group Policy" },
  ];
  const found = all.flatMap((item): Directory["domainControllers"] => {
    const [name, address] = [plain(item.name), plain(item.address)];
    const named = name !== undefined && /^[\p{L}\p{N}_.-]{1,255}$/u.test(name) ? { name: name.toLowerCase() } : {};
    const addressed = address !== undefined && isIP(address) !== 0 ? { address } : {};
    const controllerFound = { ...named, ...addressed, source: item.source };
    return Object.keys(controllerFound).length > 1 ? [controllerFound] : [];
  });
  return eachOnce(found);
}

/** A name as the protocol takes it; one that is none stays among the evidence. */
function nameOf(text: string | undefined): string | undefined {
  const name = text?.replace(/\.$/, "").toWellFormed() ?? "";
  return name === "" || name.length > LONGEST_NAME ? undefined : name;
}

/** Windows writes `\\dc1.corp.example`. */
function plain(text: string | undefined): string | undefined {
  return text?.replace(/^\\\\/, "").replace(/\.$/, "");
}
