import type { Directory } from "@portolan/protocol";
import { type Answer, refusalOf, valueOf, type WindowsEvidence } from "./evidence.ts";

type Row = Directory["evidence"][number];

/** The protocol's limit. */
const LONGEST = 1024;
/** ERROR_SUCCESS without an answer; ERROR_NO_SUCH_DOMAIN, winerror.h. */
const CODE_WORDS: Partial<Record<number, string>> = { 0: "0 (it gave nothing)", 1355: "1355 (none is known)" };
const JOIN_WORDS = ["unknown", "unjoined", "workgroup", "domain"];
const ROLE_WORDS = [
  "standalone workstation",
  "member workstation",
  "standalone server",
  "member server",
  "backup domain controller",
  "primary domain controller",
];

/** What was asked and read, and what it said, a row a statement. None of it was confirmed by a controller just now. */
export function evidenceRows({ join, role, controller, channel, entra, registry }: WindowsEvidence): Row[] {
  const rows: Row[] = [];
  const add = (source: string, value: string, privileged = false): void => {
    rows.push({ source, value: value.slice(0, LONGEST).toWellFormed(), privileged, verifiedLive: false });
  };
  const addCall = <Value>(
    source: string,
    answer: Answer<Value> | undefined,
    words: (value: Value) => unknown[],
    privileged = false,
  ): void => {
    const code = refusalOf(answer);
    if (code !== undefined) add(source, CODE_WORDS[code] ?? `error ${code}`, privileged);
    const value = valueOf(answer);
    if (value !== undefined) add(source, words(value).filter(Boolean).join(", "), privileged);
  };
  addCall("NetGetJoinInformation", join, ({ status, name }) => [`${status} (${JOIN_WORDS[status] ?? "?"})`, name]);
  addCall("DsRoleGetPrimaryDomainInformation", role, (told) => [
    `${told.role} (${ROLE_WORDS[told.role] ?? "?"})`,
    told.netbios,
    told.dnsDomain,
    told.forest !== undefined && `forest ${told.forest}`,
  ]);
  addCall("DsGetDcNameW", controller, ({ name, address, site }) => [
    name ?? "no name",
    address,
    site !== undefined && `site ${site}`,
  ]);
  addCall("I_NetLogonControl2", channel, (told) => [`${told.status} when last used`, told.controller], true);
  addCall("NetGetAadJoinInformation", entra, (told) =>
    told === "none" ? ["none"] : [`${told.kind}`, told.tenantId !== undefined && `tenant ${told.tenantId}`],
  );
  for (const { key, name, text, trouble } of Object.values(registry)) {
    const source = `HKLM\\${key}, ${name}`;
    if (trouble !== undefined) add(source, `not read: ${trouble}`);
    else if (text !== undefined) add(source, text);
  }
  return rows;
}
