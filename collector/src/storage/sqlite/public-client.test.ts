import { expect, test } from "vitest";
import { publicClient } from "./public-client.ts";

test.each([
  ["8.8.4.4", { range: "8.8.4.0/24", client: "4" }],
  ["172.32.0.1", { range: "172.32.0.0/24", client: "1" }],
  ["100.128.0.1", { range: "100.128.0.0/24", client: "1" }],
  ["2a00:1450:4001:829::200e", { range: "2a00:1450:4001:829::/64", client: "000000000000200e" }],
  ["2a00:1450::1", { range: "2a00:1450::/64", client: "0000000000000001" }],
])("%s is a client from the internet", (address, network) => expect(publicClient(address)).toEqual(network));

/** RFC 6890's registries, tunnels that carry IPv4, and what is no single address. */
const STAND_FOR_THEMSELVES = `
  10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 100.127.255.255 169.254.1.1 127.0.0.1 0.0.0.0
  255.255.255.255 224.0.0.1 240.0.0.1 192.0.2.1 198.51.100.1 203.0.113.1 198.18.0.1 192.0.0.1 :: ::1 fe80::1 fc00::1
  fdff::1 ff02::1 2001:db8::1 2002:808:808:: 64:ff9b::808:808 ::ffff:8.8.8.8 2001:0:1::1 8.8.8.0/24 2a00:1450::/64 dc01`;

test.each(["", ...STAND_FOR_THEMSELVES.trim().split(/\s+/)])("%s stands for itself", (address) => {
  expect(publicClient(address)).toBeUndefined();
});
