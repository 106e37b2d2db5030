import ipaddr from "ipaddr.js";

/** Whether a person's text is one address: four decimal numbers, or IPv6. */
export function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
}
