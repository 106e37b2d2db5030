import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AddressRangeError } from "./address-range.ts";
import { segmentsOf } from "./segments.ts";
import type { Host, HostAddress, Zone } from "./types.ts";
import { createZoneIndex } from "./zones.ts";

function host(id: string, site: string, ...reachable: Omit<HostAddress, "hostLocal">[]): Host {
  const addresses: HostAddress[] = [];
  for (const entry of reachable) addresses.push({ hostLocal: false, ...entry });
  return { id, name: id, site, kind: "managed", addresses };
}

function zone(name: string, cidr: string, site = "s"): Zone {
  return { name, cidr, site, kind: "servers" };
}

describe("segmentsOf", () => {
  test("takes the interfaces' ranges, and assumes a /24 or /64 where none says otherwise", () => {
    const segments = segmentsOf([
      host("a", "s", { address: "10.1.3.7", prefix: 22 }, { address: "127.0.0.1", prefix: 8 }),
      host("b", "s", { address: "10.1.1.9" }, { address: "10.8.8.8" }, { address: "2001:db8::5", prefix: 128 }),
      host("c", "t", { address: "10.1.1.9" }, { address: "fe80::1", prefix: 64 }),
      { ...host("d", "s"), addresses: [{ address: "172.17.0.1", prefix: 16, hostLocal: true }] },
    ]);
    expect(segments).toEqual([
      { cidr: "10.1.0.0/22", site: "s", hosts: ["a", "b"] },
      { cidr: "10.8.8.0/24", site: "s", hosts: ["b"] },
      { cidr: "2001:db8::/64", site: "s", hosts: ["b"] },
      { cidr: "10.1.1.0/24", site: "t", hosts: ["c"] },
    ]);
  });
});

describe("createZoneIndex", () => {
  test("takes the longest prefix of the site", () => {
    const { zoneOf } = createZoneIndex(
      [zone("all", "10.0.0.0/8"), zone("dmz", "10.1.2.0/24"), zone("vip", "10.1.2.9/32"), zone("v6", "2001:db8::/32")],
      [],
    );
    expect(zoneOf("10.1.2.3", "s")).toEqual({ name: "dmz", kind: "servers", isSegment: false });
    expect(zoneOf("10.1.2.9", "s")?.name).toBe("vip");
    expect(zoneOf("10.200.0.1", "s")?.name).toBe("all");
    expect(zoneOf("10.1.2.0/24", "s")?.name).toBe("dmz");
    expect(zoneOf("10.1.0.0/16", "s")?.name).toBe("all");
    expect(zoneOf("2001:db8::1", "s")?.name).toBe("v6");
    for (const address of ["192.0.2.1", "127.0.0.1", "fe80::1", "nonsense"])
      expect(zoneOf(address, "s")).toBeUndefined();
    expect(zoneOf("10.1.2.3", "elsewhere")).toBeUndefined();
  });

  test("lets segments stand in, with their site where there are several", () => {
    const here = segmentsOf([host("a", "s", { address: "10.1.0.1", prefix: 16 })]);
    const one = createZoneIndex([], here);
    expect(one.zoneOf("10.1.200.1", "s")).toEqual({ name: "10.1.0.0/16", kind: "servers", isSegment: true });
    expect(one.zoneOf("10.2.3.4", "s")?.name).toBe("10.2.3.0/24");
    expect(one.zoneOf("8.8.8.8", "s")).toEqual({ name: "8.8.8.0/24", kind: "external", isSegment: true });
    const two = createZoneIndex([], [...here, ...segmentsOf([host("b", "t", { address: "10.1.0.1", prefix: 16 })])]);
    expect(two.zoneOf("10.1.0.1", "s")?.name).toBe("10.1.0.0/16@s");
    expect(two.zoneOf("10.1.0.1", "t")?.name).toBe("10.1.0.0/16@t");
    expect(two.zoneOf("8.8.8.8", "t")?.name).toBe("8.8.8.0/24");
  });

  test("names a cidr that is no range", () => {
    for (const cidr of ["10.0.0.0/33", "10.0.0/8", "2001:db8::/", "server"]) {
      expect(() => createZoneIndex([zone("bad", cidr)], [])).toThrow(AddressRangeError);
    }
  });

  test("property: agrees with a scan over all ranges", () => {
    const ranges = fc.uniqueArray(fc.tuple(fc.nat({ max: 255 }), fc.integer({ min: 24, max: 32 })), {
      minLength: 1,
      selector: ([last, length]) => `${last >> (32 - length)}/${length}`,
    });
    fc.assert(
      fc.property(ranges, fc.nat({ max: 255 }), (list, asked) => {
        const zones = list.map(([last, length]) => zone(`${last}/${length}`, `10.0.0.${last}/${length}`));
        const holding = list
          .filter(([last, length]) => last >> (32 - length) === asked >> (32 - length))
          .sort(([, a], [, b]) => b - a);
        const expected = holding[0] && `${holding[0][0]}/${holding[0][1]}`;
        expect(createZoneIndex(zones, []).zoneOf(`10.0.0.${asked}`, "s")?.name).toBe(expected);
      }),
    );
  });
});
