import { isIP } from "node:net";

/** The entries of hosts(5) that name another address than this host's loopback or a multicast group. Lines count from 1. */
export function parseHosts(text: string): { line: number; address: string; names: string[] }[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const [address = "", ...names] = line.replace(/#.*$/, "").trim().split(/\s+/);
    if (isIP(address) === 0 || names.length === 0) return [];
    // ff00::/8, and the fe00::0 that Debian writes for "local network".
    if (/^(?:127\.|::1$|0\.0\.0\.0$|::$|ff[0-9a-f]{2}:|fe00::)/i.test(address)) return [];
    return [{ line: index + 1, address, names }];
  });
}
