// The short-lived process that reads the host's facts and prints them as one line of JSON.
import { readFileSync } from "node:fs";
import { type NetworkInterfaceInfo, arch, cpus, hostname, networkInterfaces, release, totalmem } from "node:os";
import { join } from "node:path";
import type { HostFacts } from "@portolan/protocol";
import si from "systeminformation";
import { type InventoryRoots, isHostLocal, smbiosUuid } from "./facts.ts";
import { readLinuxAddresses } from "./index.ts";

/** File systems that hold no data of their own, or somebody else's. */
const NOT_DISKS = new Set([
  "overlay",
  "squashfs",
  "tmpfs",
  "devtmpfs",
  "ramfs",
  "iso9660",
  "nfs",
  "nfs4",
  "cifs",
  "fuse",
]);

const roots: InventoryRoots = JSON.parse(process.argv[2] ?? "{}");

const [os, cpu, system, fileSystems] = await Promise.all([si.osInfo(), si.cpu(), si.system(), si.fsSize()]);
const isWindows = os.platform.toLowerCase().startsWith("win");
const machineId = isWindows ? os.serial : readText(join(roots.etcRoot ?? "/etc", "machine-id"));
const uuid = smbiosUuid(readText(join(roots.sysRoot ?? "/sys", "class/dmi/id/product_uuid")) || system.uuid);
const virtualisation = system.virtual ? system.virtualHost || "unknown" : undefined;

const facts: HostFacts = {
  hostname: hostname(),
  ...(os.fqdn && os.fqdn !== hostname() && { fqdn: os.fqdn }),
  ...(machineId && { machineId }),
  ...(uuid && { smbiosUuid: uuid }),
  os: {
    family: isWindows ? "windows" : "linux",
    name: os.distro || (isWindows ? "Windows" : "Linux"),
    ...(os.release && { version: os.release }),
    ...(os.build && { build: os.build }),
    kernel: release(),
    architecture: arch(),
  },
  cpu: {
    ...(cpus()[0] && { model: cpus()[0]?.model.trim() }),
    cores: Math.max(0, Math.round(cpu.physicalCores)) || cpus().length,
    logicalCores: cpus().length,
  },
  memoryBytes: totalmem(),
  disks: fileSystems
    .filter((disk) => !NOT_DISKS.has(disk.type.toLowerCase()) && disk.size > 0)
    .map(diskOf)
    .sort((a, b) => (a.mount < b.mount ? -1 : 1)),
  interfaces: Object.entries(networkInterfaces())
    .map(([name, addresses = []]) => interfaceOf(name, addresses))
    .sort((a, b) => (a.name < b.name ? -1 : 1)),
  ...(virtualisation && { virtualisation }),
};

const addresses = isWindows ? undefined : await readLinuxAddresses(roots);
const told = { ...facts, ...(addresses && { dependenciesOnAddress: addresses.items, unread: addresses.unread }) };
process.stdout.write(`${JSON.stringify(told)}\n`);

function diskOf(disk: si.Systeminformation.FsSizeData): HostFacts["disks"][number] {
  return {
    mount: disk.mount,
    device: disk.fs,
    ...(disk.type && { fileSystem: disk.type }),
    sizeBytes: Math.round(disk.size),
    usedBytes: Math.round(disk.used),
  };
}

function interfaceOf(name: string, addresses: NetworkInterfaceInfo[]): HostFacts["interfaces"][number] {
  const mac = addresses[0]?.mac;
  return {
    name,
    ...(mac !== undefined && mac !== "00:00:00:00:00:00" && { mac }),
    hostLocal: addresses.some((address) => address.internal) || isHostLocal(name),
    addresses: addresses.map(({ address, cidr }) => ({
      // A link-local address may carry its interface's name.
      address: address.replace(/%.*$/, ""),
      prefix: Number(cidr?.split("/")[1] ?? (address.includes(":") ? 128 : 32)),
    })),
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "";
  }
}
