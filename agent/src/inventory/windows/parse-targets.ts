import { isIPv6 } from "node:net";
import { isThisHost } from "../addresses/this-host.ts";

const HOST = String.raw`[\p{L}\p{N}._-]{1,253}`;
const OVER_TCP = new RegExp(String.raw`^(?:tcp:)?(?<server>${HOST}(?:\\${HOST})?)$`, "iu");
const OVER_PIPE = new RegExp(String.raw`^\\\\(?<server>${HOST})\\pipe\\`, "iu");

/**
 * Whom an alias of SQL Server's client means (`MSSQLServer\Client\ConnectTo`): `DBMSSOCN,server,port` over TCP,
 * `DBNMPNTW,\\server\pipe\…` over a named pipe. Other network libraries are gone since 2005.
 */
export function parseClientAlias(text: string): string | undefined {
  const [library = "", where = "", port = ""] = text.split(",").map((part) => part.trim());
  if (/^DBNMPNTW$/i.test(library)) {
    const server = OVER_PIPE.exec(where)?.groups?.["server"];
    return server === undefined || server === "." ? undefined : `\\\\${server}`;
  }
  const server = /^DBMSSOCN$/i.test(library) ? serverOverTcp(where) : undefined;
  if (server === undefined || isThisHost(server)) return undefined;
  return /^\d{1,5}$/.test(port) ? `${server}:${port}` : server;
}

/** An address of IPv6 in brackets, as a port may follow. */
function serverOverTcp(where: string): string | undefined {
  const address = where.replace(/^\[(.*)\]$/, "$1");
  if (address === "::1") return undefined;
  return isIPv6(address) ? `[${address}]` : OVER_TCP.exec(where)?.groups?.["server"];
}
