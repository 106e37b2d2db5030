import { parseIni } from "../../parse-ini.ts";

const SERVER_KEYS = ["server", "servername", "host", "hostname", "address", "hostaddress"];

/**
 * The servers of odbc.ini and freetds.conf by data source, with the port where one is given. No other value leaves this function: users
 * and passwords stand beside them, and one that was written into a server's name is cut off.
 */
export function parseDataSources(text: string): { name: string; server: string }[] {
  return [...parseIni(text)].flatMap(([name, values]) => {
    const key = SERVER_KEYS.find((candidate) => values.has(candidate));
    const server = key === undefined ? undefined : serverOf(values.get(key) ?? "");
    if (server === undefined) return [];
    const port = values.get("port") ?? "";
    return [{ name, server: /^\d{1,5}$/.test(port) && !/[:,]\d+$/.test(server) ? `${server}:${port}` : server }];
  });
}

function serverOf(value: string): string | undefined {
  const bare = value
    .replace(/^["'{](.*)["'}]$/, "$1")
    .replace(/^.*@/, "")
    .replace(/;.*$/, "")
    .trim();
  return /^[\p{L}\p{N}._:,\\/[\]()-]{1,255}$/u.test(bare) ? bare : undefined;
}
