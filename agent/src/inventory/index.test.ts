import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { HostFacts } from "@portolan/protocol";
import { afterAll, describe, expect, test } from "vitest";
import { isHostLocal, smbiosUuid } from "./facts.ts";
import { InventoryError, readHostFacts } from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "portolan-inventory-"));
afterAll(() => rmSync(root, { recursive: true }));

function childThat(name: string, code: string): string {
  const file = join(root, `${name}.mjs`);
  writeFileSync(file, code);
  return file;
}

describe("readHostFacts", () => {
  test("reads this machine's facts, in the shape of the protocol", async () => {
    mkdirSync(join(root, "class/dmi/id"), { recursive: true });
    writeFileSync(join(root, "machine-id"), "0123456789abcdef0123456789abcdef\n");
    writeFileSync(join(root, "class/dmi/id/product_uuid"), "4C4C4544-0042-3510-8052-B4C04F4A4E32\n");
    const facts = HostFacts.parse(await readHostFacts({ etcRoot: root, sysRoot: root }));
    expect(facts).toMatchObject({
      hostname: hostname(),
      machineId: "0123456789abcdef0123456789abcdef",
      smbiosUuid: "4c4c4544-0042-3510-8052-b4c04f4a4e32",
    });
    expect(facts.interfaces.find(({ name }) => name === "lo")).toMatchObject({
      hostLocal: true,
      addresses: expect.arrayContaining([{ address: "127.0.0.1", prefix: 8 }]),
    });
    expect(facts.disks.length).toBeGreaterThan(0);
    expect(facts.disks.every((disk) => disk.usedBytes > 0 && disk.usedBytes <= disk.sizeBytes)).toBe(true);
  }, 30_000);

  test("tells what names an address, and what of it could not be read", async () => {
    const etc = join(root, "addresses");
    mkdirSync(join(etc, "fstab"), { recursive: true });
    writeFileSync(join(etc, "hosts"), "10.1.1.5 db1\n");
    mkdirSync(join(etc, "flexlm"));
    writeFileSync(join(etc, "flexlm/synthetic.lic"), `SERVER ${hostname()} 0050560000AA 27000\n`);
    const adapter = join(root, "class/net/eth0");
    mkdirSync(adapter, { recursive: true });
    writeFileSync(join(adapter, "address"), "00:50:56:00:00:aa\n");
    const facts = await readHostFacts({ etcRoot: etc, sysRoot: root });
    expect(facts.dependenciesOnAddress).toContainEqual({
      kind: "licence-service",
      holder: `FLEXlm server ${hostname()}:27000 on this host, its licence bound to this host's MAC`,
      target: "00:50:56:00:00:aa",
      source: `${etc}/flexlm/synthetic.lic`,
    });
    expect(HostFacts.parse(facts).dependenciesOnAddress).toContainEqual({
      kind: "hosts-file",
      holder: `${etc}/hosts:1`,
      target: "10.1.1.5 db1",
      source: `${etc}/hosts`,
    });
    expect(facts.unread).toContainEqual({ fact: "dependenciesOnAddress", reason: `${etc}/fstab: no regular file` });
  }, 30_000);

  test("tells an interface of more addresses than the protocol allows in parts", async () => {
    const code = `
      const addresses = Array.from({ length: 600 }, (_, n) => ({ address: "10.0." + (n >> 8) + "." + (n & 255), prefix: 16 }));
      console.log(JSON.stringify({
        hostname: "synthetic", os: { family: "linux", name: "Linux", architecture: "x64" },
        cpu: { cores: 1, logicalCores: 1 }, memoryBytes: 1, disks: [],
        interfaces: [{ name: "eth0", hostLocal: false, addresses }],
      }));`;
    const facts = HostFacts.parse(await readHostFacts({ child: childThat("many", code) }));
    const addresses = facts.interfaces.flatMap((item) => item.addresses.map(({ address }) => address));
    expect(new Set(addresses).size).toBe(600);
    expect(new Set(facts.interfaces.map(({ name }) => name))).toEqual(new Set(["eth0"]));
  }, 30_000);

  test.each([
    ["fails", 'throw new Error("no such library")', /no such library/],
    ["prints nothing", "", /did not print JSON/],
    [
      "leaves out what every host has",
      'console.log(JSON.stringify({hostname: "h", os: {name: "L"}}))',
      /os\.architecture is missing/,
    ],
    [
      "says why something is missing",
      'console.log(JSON.stringify({hostname: "h", unread: [{fact: "os", reason: "access denied"}]}))',
      /os\.name is missing \(os: access denied\)/,
    ],
    ["is late", "setInterval(() => {}, 1000)", /no facts within 1 s/],
  ])(
    "is an error, never an empty fact, when the child %s",
    async (what, code, message) => {
      const child = childThat(what.replaceAll(" ", "-"), code);
      const reading = readHostFacts({ child, timeoutMs: what === "is late" ? 1000 : 20_000 });
      await expect(reading).rejects.toThrow(InventoryError);
      await expect(reading).rejects.toThrow(message);
    },
    30_000,
  );
});

test("an SMBIOS UUID that the vendor left at its default names no host", () => {
  expect(smbiosUuid("03000200-0400-0500-0006-000700080009")).toBeUndefined();
  expect(smbiosUuid("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF\n")).toBeUndefined();
  expect(smbiosUuid("Not Settable")).toBeUndefined();
});

test("bridges that exist only inside the host are known by name", () => {
  const local = ["lo", "docker0", "br-1a2b3c4d5e6f", "virbr0", "veth9", "cni0", "lxcbr0"];
  expect(local.filter(isHostLocal)).toEqual(local);
  expect(["eth0", "br0", "br-ex", "br-lan", "br-mgmt", "bond0", "lothar", "ens3"].filter(isHostLocal)).toEqual([]);
});
