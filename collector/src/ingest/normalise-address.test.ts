import { expect, test } from "vitest";
import { normaliseAddress } from "./normalise-address.ts";

test.each([
  ["10.1.2.3", "10.1.2.3"],
  ["::ffff:10.1.2.3", "10.1.2.3"],
  ["::FFFF:0a01:0203", "10.1.2.3"],
  ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["fe80::1%eth0", "fe80::1"],
  ["203.0.113.0/24", "203.0.113.0/24"],
  ["2001:DB8::/64", "2001:db8::/64"],
  ["::ffff:203.0.113.0/120", "203.0.113.0/24"],
  ["not an address", "not an address"],
])("%s is written %s", (text, expected) => {
  expect(normaliseAddress(text)).toBe(expected);
});
