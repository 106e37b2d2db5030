import { parseIniLines } from "../../parse-ini.ts";

const KEYTAB_VARIABLE = /(?<!\w)KRB5_(?:CLIENT_)?KTNAME=(?:WR)?(?:FILE:)?(?<path>\/[^\s"'%]{1,1000})/g;

/**
 * The user that a systemd unit or one of its drop-ins names (systemd.exec(5)); undefined where it names none, "" where it
 * takes an earlier word back or asks for a user of the moment.
 */
export function parseUnitUser(text: string): string | undefined {
  let user: string | undefined;
  let isDynamic = false;
  let section = "";
  for (const line of text.replace(/\\\r?\n/g, " ").split(/\r?\n/)) {
    const trimmed = line.trim();
    const heading = /^\[(?<name>[^\]]+)\]$/.exec(trimmed)?.groups?.["name"];
    if (heading !== undefined) section = heading;
    if (section !== "Service") continue;
    const value = /^User\s*=\s*(?<user>.*)$/.exec(trimmed)?.groups?.["user"];
    // A backslash is written twice, as some do, or once.
    if (value !== undefined) user = value.replace(/^"(.*)"$/, "$1").replace(/\\\\/g, "\\");
    if (/^DynamicUser\s*=\s*(?:1|yes|y|true|t|on)$/i.test(trimmed)) isDynamic = true;
  }
  return isDynamic ? "" : user;
}

/** Keytabs that a unit or drop-in hands to its service by `Environment=` (MIT Kerberos' KRB5_KTNAME and KRB5_CLIENT_KTNAME). */
export function parseUnitKeytabs(text: string): string[] {
  return parseIniLines(text)
    .filter(({ section, key }) => section === "service" && key === "environment")
    .flatMap(({ value }) => Array.from(value.matchAll(KEYTAB_VARIABLE), ({ groups }) => groups?.["path"] ?? ""));
}
