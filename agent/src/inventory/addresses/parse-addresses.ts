import { BlockList, isIP } from "node:net";

const estate = new BlockList();
for (const [address, prefix] of [
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["100.64.0.0", 10],
] as const) {
  estate.addSubnet(address, prefix);
}
estate.addSubnet("fc00::", 7, "ipv6");

/**
 * Four numbers, or groups of hexadecimal digits, that are no part of a longer word, number or version. A word and a colon
 * may stand before four numbers, as in `tcp:10.1.1.7` and `db1:10.1.1.7`; a number and a colon begin a package's version.
 */
const CANDIDATE =
  /(?:(?<![\w.:-])|(?<=[a-z_][\w-]{1,63}:))\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)|(?<![\w.:-])f[cd][0-9a-f]{2}:[0-9a-f:]{2,35}(?!\w|\.\d)/gi;

/**
 * The private addresses (RFC 1918, 6598, 4193) that stand in a text, each with its line from 1; nothing else of the line.
 * Whether an address is the estate's only the collector knows.
 */
export function parseAddresses(text: string, most: number): { line: number; address: string }[] {
  const found: { line: number; address: string }[] = [];
  let line = 1;
  let counted = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const address = match[0].toLowerCase();
    const family = isIP(address);
    if (family === 0 || !estate.check(address, family === 6 ? "ipv6" : "ipv4")) continue;
    for (let at = text.indexOf("\n", counted); at !== -1 && at < match.index; at = text.indexOf("\n", at + 1)) {
      line += 1;
      counted = at + 1;
    }
    if (found.length === most) break;
    found.push({ line, address });
  }
  return found;
}
