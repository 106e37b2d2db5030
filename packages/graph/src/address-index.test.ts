import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createAddressIndex } from "./address-index.ts";
import type { Host } from "./types.ts";

function host(id: string, site: string, ...addresses: string[]): Host {
  return {
    id,
    name: id,
    site,
    kind: "managed",
    addresses: addresses.map((address) => ({ address, hostLocal: false })),
  };
}

const docker: Host = {
  ...host("a", "seoul", "10.0.0.1"),
  addresses: [
    { address: "10.0.0.1", prefix: 24, hostLocal: false },
    { address: "172.17.0.1", prefix: 16, hostLocal: true },
  ],
};

describe("createAddressIndex", () => {
  test("gives loopback, link-local and bridge addresses to the observer and to nobody else", () => {
    const index = createAddressIndex([docker, host("b", "seoul", "172.17.0.9")]);
    const own = ["127.0.0.1", "127.8.8.8", "::1", "169.254.3.4", "fe80::1", "10.0.0.1", "172.17.0.1", "172.17.0.9"];
    for (const address of own) {
      expect(index.resolve(address, "a", "seoul"), address).toEqual({ hostId: "a", crossSite: false });
    }
    expect(index.resolve("127.0.0.1", undefined, "seoul")).toBeUndefined();
    expect(index.resolve("172.17.0.1", "b", "seoul")).toBeUndefined();
    expect(index.resolve("172.17.0.9", "b", "seoul")).toEqual({ hostId: "b", crossSite: false });
  });

  test("takes the own site first, then exactly one other site, and nobody where two could be meant", () => {
    const index = createAddressIndex([
      host("a", "seoul", "10.0.0.1", "10.0.0.9"),
      host("b", "busan", "10.0.0.1", "10.0.0.2", "10.0.0.3"),
      host("c", "daegu", "10.0.0.3"),
      host("d", "seoul", "10.0.0.9"),
    ]);
    expect(index.resolve("10.0.0.1", undefined, "seoul")).toEqual({ hostId: "a", crossSite: false });
    expect(index.resolve("10.0.0.2", "a", "seoul")).toEqual({ hostId: "b", crossSite: true });
    expect(index.resolve("10.0.0.3", "a", "seoul")).toBeUndefined();
    expect(index.resolve("10.0.0.9", undefined, "seoul")).toBeUndefined();
    expect(index.resolve("10.0.0.9", undefined, "busan")).toBeUndefined();
    expect(index.resolve("10.0.0.9", "d", "seoul")).toEqual({ hostId: "d", crossSite: false });
  });

  test("an address that a clone kept is its original's, whichever comes first", () => {
    const original = host("a", "seoul", "10.0.0.1");
    const clone = { ...host("b", "seoul", "10.0.0.1", "10.0.0.2"), cloneOf: "a" };
    for (const hosts of [
      [original, clone],
      [clone, original],
    ]) {
      const index = createAddressIndex(hosts);
      expect(index.resolve("10.0.0.1", undefined, "seoul")).toEqual({ hostId: "a", crossSite: false });
      expect(index.resolve("10.0.0.1", "b", "seoul")).toEqual({ hostId: "b", crossSite: false });
      expect(index.resolve("10.0.0.2", undefined, "seoul")).toEqual({ hostId: "b", crossSite: false });
    }
  });

  test("knows which addresses mean nothing outside their host", () => {
    const { isHostLocal } = createAddressIndex([docker]);
    for (const address of ["127.0.0.1", "fe80::1", "172.17.0.1", "172.17.0.9"]) {
      expect(isHostLocal(address, "a"), address).toBe(true);
    }
    expect(isHostLocal("10.0.0.1", "a")).toBe(false);
    expect(isHostLocal("172.17.0.9", undefined)).toBe(false);
  });

  test("property: the answer has the address, and does not depend on the order of the hosts", () => {
    const address = fc.integer({ min: 1, max: 6 }).map((last) => `10.0.0.${last}`);
    const estate = fc
      .array(fc.record({ site: fc.constantFrom("x", "y", "z"), addresses: fc.uniqueArray(address, { maxLength: 3 }) }))
      .map((entries) => entries.map((entry, index) => host(`h${index}`, entry.site, ...entry.addresses)));
    fc.assert(
      fc.property(estate, address, fc.constantFrom("x", "y", "z"), (hosts, asked, site) => {
        const found = createAddressIndex(hosts).resolve(asked, undefined, site);
        expect(createAddressIndex(hosts.toReversed()).resolve(asked, undefined, site)).toEqual(found);
        const owners = hosts.filter((candidate) => candidate.addresses.some((entry) => entry.address === asked));
        const here = owners.filter((owner) => owner.site === site);
        const [only] = here.length > 0 ? here : owners;
        const unique = here.length === 1 || (here.length === 0 && owners.length === 1);
        expect(found).toEqual(unique && only ? { hostId: only.id, crossSite: here.length === 0 } : undefined);
      }),
    );
  });
});
