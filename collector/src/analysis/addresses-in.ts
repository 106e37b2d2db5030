import { isIP } from "node:net";
import { normaliseAddress } from "../ingest/normalise-address.ts";

/** Four numbers that are no part of a longer one and no range. */
const IPV4 = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d|\/\d{1,3}(?!\S))/g;
/** Groups of hexadecimal digits with two colons at least, bare or in brackets, and no range. */
const IPV6 = /(?<![\w.:])(?:[0-9a-f]{1,4}:|::)[0-9a-f:]{1,38}(?![\w.:]|\/\d{1,3}(?!\S))/gi;

/**
 * The addresses that a setting names, such as "10.1.1.7:1433", "//10.1.1.7/share", "[2001:db8::7]:/export" or
 * "10.1.1.7 db01"; ranges and names are none. Each once, in its one spelling.
 */
export function addressesIn(text: string): string[] {
  const found = [...text.matchAll(IPV4), ...text.matchAll(IPV6)].map(([candidate]) => candidate);
  return [...new Set(found.filter((candidate) => isIP(candidate) !== 0).map(normaliseAddress))];
}
