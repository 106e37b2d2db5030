import type { ProbeResult } from "../directory-reader.ts";

/** adcli's exit code where it reached no controller; 3 is all that a controller, or its own files, refused. */
const ADCLI_DIRECTORY = 5;

/** Kerberos libraries' texts (MIT, error tables krb5_err.et and kdc5_err.et, as LC_ALL=C gives them). */
const UNREACHABLE =
  /Cannot contact any KDC|Cannot find KDC|Cannot resolve (?:servers|network address)|Can't contact LDAP server/i;

/**
 * What a probe's end says of the account that it was asked for. Only the four answers that a controller alone can
 * give prove anything; all else is `unclear`.
 *
 * @param principal such as M1$@CORP.EXAMPLE: a tool that tried another name, as after a renaming, proves nothing of it
 */
export function outcomeOfProbe(
  tool: "adcli" | "kinit",
  exitCode: number | null,
  text: string,
  principal: string,
): ProbeResult["outcome"] {
  if (exitCode === 0) return "healthy";
  const missing = /Client '?(?<client>[^'\s]+)'? not found in Kerberos database/.exec(text)?.groups?.["client"];
  if (missing !== undefined) return missing.toLowerCase() === principal.toLowerCase() ? "account-missing" : "unclear";
  if (/credentials have been revoked/.test(text)) return "disabled";
  if (/Preauthentication failed/.test(text)) return "stale-secret";
  if (UNREACHABLE.test(text) || (tool === "adcli" && exitCode === ADCLI_DIRECTORY)) return "dc-unreachable";
  return "unclear";
}

/** The controller that adcli says it heard from. */
export function controllerOfProbe(text: string): string | undefined {
  return /Received NetLogon info from: (?<name>[\w.-]{1,255})\s*$/m.exec(text)?.groups?.["name"]?.toLowerCase();
}

/** The tool's last word, short enough for a report. */
export function lastWord(text: string): string | undefined {
  const line = text
    .trim()
    .split("\n")
    .at(-1)
    ?.replace(/[^\P{C}]/gu, " ")
    .trim();
  return line === undefined || line === "" ? undefined : line.slice(0, 300);
}
