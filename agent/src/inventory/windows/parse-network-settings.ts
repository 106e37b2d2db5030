import { isIP, isIPv4 } from "node:net";

/** Windows takes letters of any language. */
const NAME = /^[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*\.?$/u;

/** Name servers of a NameServer value, which commas or blanks part; one on this host itself is left out. */
export function parseNameServers(text: string): string[] {
  return listed(text)
    .map((address) => address.replace(/%.*$/, ""))
    .filter((address) => isIP(address) !== 0 && !address.startsWith("127.") && address !== "::1");
}

/** Suffixes of a SearchList or Domain value. */
export function parseSuffixes(text: string): string[] {
  return listed(text).filter((name) => NAME.test(name) && name.length <= 253);
}

/**
 * Servers of W32Time's NtpServer, without their flags, where the type says that it asks them: NTP and AllSync do. A
 * member of a domain (NT5DS) takes the time from its controllers, and the value stands there unused.
 */
export function parseNtpServers(text: string, type: string): string[] {
  if (!/^(?:NTP|AllSync)$/i.test(type)) return [];
  const names = text.split(/\s+/).map((item) => item.replace(/,.*$/, ""));
  return names.filter((name) => /^[\p{L}\p{N}_.:-]{1,253}$/u.test(name));
}

/** A value's name below PersistentRoutes: range, mask, gateway and metric, as in `10.1.0.0,255.255.0.0,10.2.0.1,1`. */
export function parsePersistentRoute(name: string): { range: string; gateway: string } | undefined {
  const [range = "", mask = "", gateway = ""] = name.split(",").map((part) => part.trim());
  // 0.0.0.0 stands for a network on the wire itself.
  if (!isIPv4(range) || !isIPv4(mask) || !isIPv4(gateway) || gateway === "0.0.0.0") return undefined;
  const bits = mask
    .split(".")
    .map((part) => Number(part).toString(2).padStart(8, "0"))
    .join("");
  return /^1*0*$/.test(bits) ? { range: `${range}/${bits.replaceAll("0", "").length}`, gateway } : undefined;
}

function listed(text: string): string[] {
  return text.split(/[\s,;]+/).filter(Boolean);
}
