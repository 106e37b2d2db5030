/** What a function of Windows answered, or the number with which it refused; 0 where it succeeded and gave nothing. */
export type Answer<Value> = { value: Value } | { code: number };

/** NetGetJoinInformation: NETSETUP_JOIN_STATUS (lmjoin.h), and the workgroup's or the domain's NetBIOS name. */
export interface JoinAnswer {
  status: number;
  name?: string;
}

/** DsRoleGetPrimaryDomainInformation, level 1: DSROLE_MACHINE_ROLE (dsrole.h) and the domain's names. */
export interface RoleAnswer {
  role: number;
  netbios?: string;
  dnsDomain?: string;
  forest?: string;
}

/** DsGetDcNameW (dsgetdc.h), out of what Netlogon remembers. */
export interface ControllerAnswer {
  /** As Windows gives it, with its backslashes. */
  name?: string;
  address?: string;
  dnsDomain?: string;
  forest?: string;
  /** In which the host is, not the controller. */
  site?: string;
}

/** I_NetLogonControl2: how the last use of the secure channel ended, as a number of winerror.h. */
export interface ChannelAnswer {
  status: number;
  controller?: string;
}

/** NetGetAadJoinInformation: DSREG_JOIN_TYPE (lmjoin.h); `none` where there is no such join. */
export type EntraAnswer = "none" | { kind: number; tenantId?: string };

/** A text of the registry that says something of a membership, or why it could not be read. */
export interface RegistryText {
  /** Path below HKEY_LOCAL_MACHINE, and the value's name. */
  key: string;
  name: string;
  text?: string;
  trouble?: string;
}

/** All that Windows told; a call that was not made is not there. */
export interface WindowsEvidence {
  join: Answer<JoinAnswer>;
  role: Answer<RoleAnswer>;
  /** Asked on members only: elsewhere nobody has a controller. */
  controller?: Answer<ControllerAnswer>;
  channel?: Answer<ChannelAnswer>;
  /** Absent before Windows 10, which has no such function. */
  entra?: Answer<EntraAnswer>;
  registry: Record<RegistryName, RegistryText>;
}

type RegistryName =
  | "computerName"
  | "suffix"
  | "permanentSuffix"
  | "dynamicSite"
  | "distinguishedName"
  | "policySite"
  | "policyController";

/**
 * What a function gave by a pointer, whose memory is freed.
 *
 * @param found where the function wrote the pointer to, 8 bytes
 */
export function answerOf<Value>(
  code: number,
  found: Buffer,
  read: (at: bigint) => Value,
  free: (at: bigint) => void,
): Answer<Value> {
  const at = found.readBigUInt64LE();
  if (code !== 0 || at === 0n) return { code };
  try {
    return { value: read(at) };
  } finally {
    free(at);
  }
}

/** Why a call said nothing; undefined where it did. */
export function refusalOf(answer: Answer<unknown> | undefined): number | undefined {
  return answer !== undefined && "code" in answer ? answer.code : undefined;
}

export function valueOf<Value>(answer: Answer<Value> | undefined): Value | undefined {
  return answer !== undefined && "value" in answer ? answer.value : undefined;
}
