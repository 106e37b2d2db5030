import { expect, test } from "vitest";
import { clientNetwork } from "./client-network.ts";

test.each([
  ["198.51.100.77", "198.51.100.0/24"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8::6", "2001:db8::/64"],
  ["2001:db8:0:7::1", "2001:db8:0:7::/64"],
  ["::1", "::/64"],
  ["198.51.100.0/24", "198.51.100.0/24"],
])("%s is in %s", (address, network) => {
  expect(clientNetwork(address)).toBe(network);
});
