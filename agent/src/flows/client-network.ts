import { isIPv4 } from "node:net";

/** The /24 or /64 of an address, written as its first address with the prefix; a range stays what it is. */
export function clientNetwork(address: string): string {
  if (address.includes("/")) return address;
  if (isIPv4(address)) return `${address.slice(0, address.lastIndexOf("."))}.0/24`;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => "0");
  const groups = [...left, ...zeros, ...right].slice(0, 4);
  while (groups.at(-1) === "0") groups.pop();
  return groups.length === 0 ? "::/64" : `${groups.join(":")}::/64`;
}
