import { isIP } from "node:net";

/**
 * Addresses of the controllers that sssd uses now, from its kdcinfo.REALM: one a line, with a port or without. Names
 * are passed over: sssd writes addresses.
 */
export function parseKdcInfo(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .map((line) => /^\[(?<address>[^\]]+)\](?::\d+)?$/.exec(line)?.groups?.["address"] ?? withoutPort(line))
    .filter((address) => isIP(address) !== 0);
}

function withoutPort(line: string): string {
  return isIP(line) === 0 ? line.replace(/:\d+$/, "") : line;
}
