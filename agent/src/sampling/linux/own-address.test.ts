import { expect, test } from "vitest";
import { ownAddressTowards } from "./own-address.ts";

function synthetic(...cidrs: string[]) {
  const addresses = cidrs.map((cidr) => ({
    address: cidr.split("/")[0] ?? "",
    cidr,
    netmask: "",
    family: cidr.includes(":") ? ("IPv6" as const) : ("IPv4" as const),
    scopeid: 0,
    mac: "",
    internal: cidr.startsWith("127.") || cidr === "::1/128",
  }));
  return { synthetic: addresses };
}

test.each([
  ["the only one beyond loopback", "192.0.2.9", ["127.0.0.1/8", "10.0.0.1/24", "fd00::1/64"], "10.0.0.1"],
  ["the one in the peer's network", "10.0.1.7", ["10.0.0.1/24", "10.0.1.1/24"], "10.0.1.1"],
  ["none where two could be", "192.0.2.9", ["10.0.0.1/24", "10.0.1.1/24"], undefined],
  ["none where two are in the peer's network", "10.0.0.9", ["10.0.0.1/24", "10.0.0.2/24"], undefined],
  ["loopback to itself", "127.0.0.1", ["127.0.0.1/8", "10.0.0.1/24"], "127.0.0.1"],
  ["of the peer's family", "fd00::9", ["10.0.0.1/24", "fd00::1/64"], "fd00::1"],
])("%s", (_, peer, own, expected) => {
  expect(ownAddressTowards(peer, synthetic(...own))).toBe(expected);
});
