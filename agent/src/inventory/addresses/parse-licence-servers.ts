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
  const assignments = joinedLines(text).flatMap((line) => [...line.matchAll(ASSIGNMENT)]);
  return assignments.flatMap(({ groups = {} }) => {
    const { name: variable = "", double, single, bare = "" } = groups;
    if (!NAMES.test(variable)) return [];
    return parseLicenceServers(double ?? single ?? bare).map((server) => ({ variable, server }));
  });
}

/** What is no comment, a line that ends in a backslash with the next one. A comment that does goes on nowhere. */
function joinedLines(text: string): string[] {
  const joined: string[] = [];
  let goesOn = false;
  for (const line of text.split(/\r?\n/)) {
    if (!goesOn && /^\s*[#;]/.test(line)) continue;
    const part = line.endsWith("\\") ? line.slice(0, -1) : line;
    if (goesOn) joined.push(`${joined.pop() ?? ""}${part.trimStart()}`);
    else joined.push(part);
    goesOn = part !== line;
  }
  return joined;
}
