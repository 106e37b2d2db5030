import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hypervisorOf } from "./hypervisor.ts";
import { parseAdapters } from "./parse-adapters.ts";
import { parseProcessors } from "./parse-processors.ts";
import { parseSmbios } from "./parse-smbios.ts";
import { parseVersionInfo } from "./parse-version-info.ts";
import { syntheticAdapters, syntheticProcessors, syntheticSmbios } from "./synthetic-buffers.ts";

interface Recorded {
  adapters: { base: string; bytes: string };
  smbios: string;
  processors: string;
  versionInfo: string;
}
const recorded: Recorded = JSON.parse(readFileSync(new URL("fixtures/wine-10.json", import.meta.url), "utf8"));
const bytesOf = (base64: string) => Buffer.from(base64, "base64");
const BASE = 0x7ff6_0000_1000n;

describe("buffers recorded under Wine 10", () => {
  test("adapters", () => {
    const adapters = parseAdapters(bytesOf(recorded.adapters.bytes), BigInt(recorded.adapters.base));
    const eth0 = adapters.find(({ name }) => name === "eth0");
    expect(eth0).toMatchObject({ mac: "02:00:00:00:00:01", isLoopback: false, dhcp: false });
    expect(eth0?.addresses).toEqual(
      expect.arrayContaining([
        { address: "192.0.2.2", prefix: 24 },
        { address: "2001:db8::2", prefix: 64 },
      ]),
    );
    expect(eth0?.dnsServers).toEqual(["10.255.255.53"]);
    expect(adapters.filter(({ isLoopback }) => isLoopback).map(({ name }) => name)).toEqual(["lo"]);
  });

  test("processors, a firmware without UUID, and a version", () => {
    expect(parseProcessors(bytesOf(recorded.processors))).toEqual({ cores: 2, logicalCores: 2 });
    expect(parseSmbios(bytesOf(recorded.smbios))).toEqual({});
    expect(parseVersionInfo(bytesOf(recorded.versionInfo))).toEqual({
      version: "10.0.19043.1466",
      productName: "Wine",
    });
  });
});

describe("SYNTHETIC buffers", () => {
  test("adapters by DHCP, with a Korean name, mapped and placeholder addresses", () => {
    const placeholder = [0xfe, 0xc0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1];
    const bytes = syntheticAdapters(BASE, [
      {
        name: "이더넷 2",
        mac: [0, 0x15, 0x5d, 1, 2, 3],
        flags: 0x1c5,
        addresses: [
          { address: [10, 1, 2, 3], prefix: 22 },
          { address: [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9], prefix: 64 },
        ],
        dnsServers: [[10, 1, 0, 53], placeholder, [10, 1, 0, 53]],
      },
      { name: "Loopback Pseudo-Interface 1", type: 24, addresses: [{ address: [127, 0, 0, 1], prefix: 255 }] },
    ]);
    expect(parseAdapters(bytes, BASE)).toEqual([
      {
        name: "이더넷 2",
        description: "이더넷 2 adapter",
        mac: "00:15:5d:01:02:03",
        isLoopback: false,
        dhcp: true,
        addresses: [
          { address: "10.1.2.3", prefix: 22 },
          { address: "2001:db8::9", prefix: 64 },
        ],
        dnsServers: ["10.1.0.53"],
      },
      expect.objectContaining({
        name: "Loopback Pseudo-Interface 1",
        isLoopback: true,
        dhcp: false,
        dnsServers: [],
        // The protocol takes no longer one.
        addresses: [{ address: "127.0.0.1", prefix: 32 }],
      }),
    ]);
    // Read at another address, each pointer leads out: only the first adapter is left, without what hangs from it.
    expect(parseAdapters(bytes, BASE + 0x10_0000n)).toMatchObject([{ name: "", addresses: [] }]);
  });

  test("a list that leads back into itself ends", () => {
    const bytes = syntheticAdapters(BASE, [{ name: "one" }]);
    bytes.writeBigUInt64LE(BASE, 8);
    expect(parseAdapters(bytes, BASE)).toHaveLength(1);
  });

  test("the UUID's first three fields are turned as its SMBIOS version says", () => {
    const uuid = Buffer.from("33221100554477668899aabbccddeeff", "hex");
    const texts = { bios: "Phoenix", manufacturer: "VMware, Inc.", product: "VMware7,1" };
    expect(parseSmbios(syntheticSmbios(texts, uuid))).toEqual({
      uuid: "00112233-4455-6677-8899-aabbccddeeff",
      manufacturer: "VMware, Inc.",
      product: "VMware7,1",
      biosVendor: "Phoenix",
    });
    const old = syntheticSmbios(texts, uuid);
    old.writeUInt8(2, 1);
    old.writeUInt8(4, 2);
    expect(parseSmbios(old).uuid).toBe("33221100-5544-7766-8899-aabbccddeeff");
    expect(parseSmbios(syntheticSmbios(texts, Buffer.alloc(16, 0xff)))).not.toHaveProperty("uuid");
  });

  test("processors of all groups", () => {
    const cores = Array.from({ length: 96 }, (_, index) => ({
      mask: 3n << BigInt(2 * (index % 32)),
      group: Math.floor(index / 32),
    }));
    expect(parseProcessors(syntheticProcessors(cores))).toEqual({ cores: 96, logicalCores: 192 });
  });
});

test.each([
  ["VMware", { manufacturer: "VMware, Inc.", product: "VMware Virtual Platform" }],
  ["Hyper-V", { manufacturer: "Microsoft Corporation", product: "Virtual Machine" }],
  [undefined, { manufacturer: "Microsoft Corporation", product: "Surface Pro" }],
  ["KVM", { manufacturer: "QEMU", product: "Standard PC (Q35 + ICH9, 2009)" }],
  ["KVM", { manufacturer: "Amazon EC2", product: "m5.large" }],
  [undefined, { manufacturer: "Amazon EC2", product: "m5.metal" }],
  ["Xen", { manufacturer: "Xen", product: "HVM domU" }],
  [undefined, { manufacturer: "Dell Inc.", product: "PowerEdge R750", biosVendor: "Dell Inc." }],
  [undefined, {}],
])("%s is what %o runs under", (name, firmware) => {
  expect(hypervisorOf(firmware)).toBe(name);
});

describe("any bytes", () => {
  const RUNS = { numRuns: 2000, seed: 20_261_121 };
  const edits = fc.array(fc.record({ at: fc.nat(20_000), byte: fc.nat(255) }), { maxLength: 12 });
  const damaged = (bytes: Buffer) =>
    fc.tuple(edits, fc.nat(bytes.length)).map(([changes, cut]) => {
      const copy = Buffer.from(bytes);
      for (const { at, byte } of changes) copy[at % copy.length] = byte;
      return cut % 3 === 0 ? copy.subarray(0, cut) : copy;
    });
  const noise = fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes));
  const adapters = syntheticAdapters(BASE, [
    { name: "이더넷", mac: [1, 2], addresses: [{ address: [10, 0, 0, 1], prefix: 8 }], dnsServers: [[10, 0, 0, 2]] },
    { name: "b", addresses: [{ address: Array.from({ length: 16 }, (_, at) => at), prefix: 64 }] },
  ]);

  test.each([
    ["adapters", adapters, (bytes: Buffer) => parseAdapters(bytes, BASE)],
    [
      "recorded adapters",
      bytesOf(recorded.adapters.bytes),
      (bytes: Buffer) => parseAdapters(bytes, BigInt(recorded.adapters.base)),
    ],
    ["firmware", bytesOf(recorded.smbios), parseSmbios],
    ["processors", bytesOf(recorded.processors), parseProcessors],
    ["versions", bytesOf(recorded.versionInfo), parseVersionInfo],
  ])(
    "%s: no throw, no endless list, no text longer than it may be",
    (_, bytes, parse: (bytes: Buffer) => unknown) => {
      fc.assert(
        fc.property(fc.oneof(damaged(bytes), noise), (input) => {
          const text = JSON.stringify(parse(input));
          expect(text.length).toBeLessThan(200_000);
        }),
        RUNS,
      );
    },
    20_000,
  );
});
