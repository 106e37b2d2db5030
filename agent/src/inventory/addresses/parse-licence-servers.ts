import { isThisHost } from "./this-host.ts";

const LICENCE = /^(?<port>\d{1,5})?@(?<host>[\p{L}\p{N}._-]{1,253})$/u;
/** FLEXlm's, one a vendor, and Cadence's own; RLM's, and the ones that it reads for each vendor. */
const NAMES = /^(?:\w+_LICENSE_FILE|CDS_LIC_FILE|RLM_LICENSE_PATH|\w+_LICENSE)$/i;
const ASSIGNMENT =
  /(?<=^|[\s;&|"'])(?<name>[A-Za-z_]\w{0,127})=(?:"(?<double>[^"]*)"|'(?<single>[^']*)'|(?<bare>[^\s;&|"']*))/g;

/**
 * Licence servers of a value of FLEXlm's or RLM's: `port@host` or `@host` between semicolons (Windows), colons (elsewhere)
 * or commas (three servers that stand in for each other). What has no `@` is a file of licences, and is passed over.
 */
export function parseLicenceServers(text: string): string[] {
  return text.split(/[;,:]/).flatMap((part) => {
    const { port, host } = LICENCE.exec(part.trim())?.groups ?? {};
    if (host === undefined || isThisHost(host)) return [];
    return [port === undefined ? host : `${host}:${port}`];
  });
}

/**
 * Licence servers by the variable that names them, from a shell's script, a file of variables, or a value of systemd's
 * `Environment=`. Of all else that stands there nothing leaves this function.
 */
export function parseLicenceVariables(text: string): { variable: string; server: string }[] {
  // A comment that ends in a backslash goes on nowhere.
  const lines = text.replace(/(?<=^[^\S\n]*[^#;\s][^\n]*)\\\r?\n\s*/gm, "").split(/\r?\n/);
  return lines.flatMap((line) => {
    if (/^\s*[#;]/.test(line)) return [];
    return [...line.matchAll(ASSIGNMENT)].flatMap(({ groups = {} }) => {
      const { name: variable = "", double, single, bare = "" } = groups;
      if (!NAMES.test(variable)) return [];
      return parseLicenceServers(double ?? single ?? bare).map((server) => ({ variable, server }));
    });
  });
}
