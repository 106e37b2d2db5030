import { parseIni } from "../../parse-ini.ts";

/** How drivers name the value that holds a server, in small letters. */
const SERVER_KEYS = ["server", "servername", "hostaddr", "host", "hostname", "address", "hostaddress"];
/** A server, with its protocol or port, and nothing that could be a user before it. */
const PLAIN = /^["'{]?(?:(?:tcp|np|lpc|admin):)?[^:/@]+(?::\d{1,5})?["'}]?$/i;

/**
 * The servers of odbc.ini and freetds.conf by data source, with the port where one is given. No other value leaves this function: users
 * and passwords stand beside them, and one that was written into a server's name is cut off.
 */
export function parseDataSources(text: string): { name: string; server: string }[] {
  return [...parseIni(text)].flatMap(([name, values]) => {
    const server = dataSourceServer((key) => values.get(key));
    return server === undefined ? [] : [{ name, server }];
  });
}

/**
 * The same of one data source, wherever it stands.
 *
 * @param valueOf asked for values by their keys in small letters, and never for a user or a password
 */
export function dataSourceServer(valueOf: (key: string) => string | undefined): string | undefined {
  const values = SERVER_KEYS.map(valueOf);
  const value = values.find((candidate) => candidate !== undefined && candidate.trim() !== "");
  const server = value === undefined ? undefined : serverOf(value);
  if (server === undefined) return undefined;
  const port = valueOf("port") ?? "";
  return /^\d{1,5}$/.test(port) && !/[:,]\d+$/.test(server) ? `${server}:${port}` : server;
}

function serverOf(value: string): string | undefined {
  const [first = "", ...others] = value.split(";");
  // An @ further on is another option's, or a password's that holds a semicolon: then only a plain server can be told.
  if (others.some((other) => other.includes("@")) && !PLAIN.test(first)) return undefined;
  const bare = first
    .replace(/^.*@/, "")
    .replace(/^["'{]|["'}]$/g, "")
    .trim();
  return /^[\p{L}\p{N}._:,\\/[\]()-]{1,255}$/u.test(bare) ? bare : undefined;
}
