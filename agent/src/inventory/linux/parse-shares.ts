import { parseIni } from "../../parse-ini.ts";
import { unescapeOctal } from "../../parse-octal.ts";

/** A share of another host, and where it is or would be mounted. */
export interface Share {
  share: string;
  mount: string;
}

const SHARES = new Set(["cifs", "smb3", "smbfs", "nfs", "nfs4"]);

/** Network shares of /proc/mounts or fstab(5), which have one form. Options, which may hold users and passwords, are passed over. */
export function parseShares(text: string): Share[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [device = "", mount = "", type = ""] = line.trim().split(/\s+/);
    if (device.startsWith("#") || !SHARES.has(type)) return [];
    return [{ share: withoutUser(unescapeOctal(device)), mount: unescapeOctal(mount) }];
  });
}

/** The share of a systemd.mount(5) unit; nothing where it mounts something else. */
export function parseMountUnit(text: string): Share | undefined {
  const values = parseIni(text).get("mount");
  const [share, mount] = [withoutUser(values?.get("what") ?? ""), values?.get("where") ?? ""];
  if (mount === "" || !(SHARES.has(values?.get("type") ?? "") || isNetworkPath(share))) return undefined;
  return { share, mount };
}

/**
 * The shares of a map of autofs(5): `key [-options] location`, where a location is `server:/path`, or `://server/share`
 * for CIFS; several have a folder each. Options are passed over. A map that is a program has none.
 */
export function parseAutofsMap(text: string): Share[] {
  if (text.startsWith("#!")) return [];
  return text
    .replace(/\\\r?\n/g, " ")
    .split(/\r?\n/)
    .flatMap((line) => {
      const [key = "", ...words] = wordsOf(line.replace(/(?:^|\s)#.*$/, ""));
      let mount = key;
      return words.flatMap((word) => {
        const share = withoutUser(word.replace(/^:(?=\/\/)/, ""));
        if (isNetworkPath(share)) return [{ share, mount }];
        // A folder below the key, to which the next location belongs.
        if (word.startsWith("/")) mount = `${key}${word}`;
        return [];
      });
    });
}

/** The words of a line, in which quotation marks and backslashes keep blanks: an option's password may hold them. */
function wordsOf(line: string): string[] {
  const words = line.match(/(?:\\.|"[^"]*"|\S)+/g) ?? [];
  return words.map((word) => word.replaceAll('"', "").replace(/\\(.)/g, "$1"));
}

/** `//server/share`, `server:/path`. */
function isNetworkPath(text: string): boolean {
  return /^(?:\/\/[^/]|(?!-)(?:\[[\da-f:.]+\]|[^:/=]+):\/)/i.test(text);
}

/** Somebody's name, and worse, may stand before the server's. Nothing where nobody can tell where a password ends. */
function withoutUser(share: string): string {
  const [start = ""] = /^(?:\/\/|\\\\)?/.exec(share) ?? [];
  const body = share.slice(start.length);
  const [first, last] = [body.indexOf("@"), body.lastIndexOf("@")];
  const isServer = /^(?:\[[\da-f:.%]+\]|[^/\\:@]*)(?:[/\\]|:\/|$)/i.test(body) && !/@.*:\//.test(body);
  if (first === -1 || isServer) return share;
  if (/[/\\]/.test(body.slice(first, last))) return "";
  return start + body.slice(last + 1);
}
