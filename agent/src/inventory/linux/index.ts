import { type NetworkInterfaceInfo, arch, cpus, hostname, networkInterfaces, release, totalmem } from "node:os";
import { join } from "node:path";
import type { HostFacts } from "@portolan/protocol";
import si from "systeminformation";
import { type InventoryRoots, isHostLocal, smbiosUuid } from "../facts.ts";
import { machineIdentity } from "./identity.ts";
import { createFactReading } from "../reading.ts";
import { readAddressDependencies } from "./address-dependencies.ts";
import { ownIdentity } from "./own-identity.ts";
import { software } from "./software.ts";

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

/** Reads the host's facts. What reads them takes tens of megabytes: for a short-lived process only. */
export async function readFacts(roots: InventoryRoots): Promise<HostFacts> {
  const { etcRoot = "/etc", libRoot = "/var/lib", procRoot, configurationFolders = [] } = roots;
  const reading = createFactReading();
  const [os, cpu, system, fileSystems] = await Promise.all([si.osInfo(), si.cpu(), si.system(), si.fsSize()]);
  const identity = machineIdentity(roots);
  const uuid = identity.smbiosUuid ?? smbiosUuid(system.uuid);
  const virtualisation = system.virtual ? system.virtualHost || "unknown" : undefined;
  const sampler = { ...(procRoot !== undefined && { procRoot }), passwdFile: join(etcRoot, "passwd") };
  const found = await software({ etcRoot, libRoot, sampler }, reading);
  const inHost = { varRoot: "/var", runRoot: "/run", usrRoot: "/usr", optRoot: "/opt" };
  const addresses = readAddressDependencies(
    { etcRoot, procRoot: procRoot ?? "/proc", ...inHost, configurationFolders },
    ownIdentity(roots.sysRoot ?? "/sys", os.fqdn || undefined),
  );
  for (const reason of addresses.unread) reading.note("dependenciesOnAddress", reason);

  return {
    hostname: hostname(),
    ...(os.fqdn && os.fqdn !== hostname() && { fqdn: os.fqdn }),
    ...identity,
    ...(uuid && { smbiosUuid: uuid }),
    os: {
      family: "linux",
      name: os.distro || "Linux",
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
    software: found,
    dependenciesOnAddress: addresses.items,
    ...(reading.unread.length > 0 && { unread: reading.unread }),
  };
}

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
