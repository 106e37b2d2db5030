import { arch, release, totalmem } from "node:os";
import type { HostFacts } from "@portolan/protocol";
import { createFillReader } from "../../load/fill-reader.ts";
import { localRegistry, usersRegistry } from "../../windows/registry.ts";
import { isHostLocal } from "../facts.ts";
import { createFactReading, type FactReading } from "../reading.ts";
import { readAddressDependencies } from "./address-dependencies.ts";
import { adapters, computerNames, firmware, processors } from "./calls.ts";
import { hypervisorOf } from "./hypervisor.ts";
import { machineGuid } from "./identity.ts";
import { operatingSystem } from "./operating-system.ts";
import type { Adapter } from "./parse-adapters.ts";
import { software } from "./software.ts";
import { fileSystemOf, volumes } from "./volumes.ts";

const PROCESSOR = "HARDWARE\\DESCRIPTION\\System\\CentralProcessor\\0";

/**
 * Reads this host's facts from the registry and Windows' own functions, in this process: no child, no text to parse.
 * What every host has and is missing shows where `facts.ts` checks them.
 *
 * @param configurationFolders searched for addresses; no others are
 */
export async function readFacts(configurationFolders: readonly string[]): Promise<Partial<HostFacts>> {
  const reading = createFactReading();
  const { expect, attempt } = reading;
  const names = expect("hostname", computerNames);
  const machineId = expect("machineId", machineGuid);
  const machine = attempt("smbios", firmware);
  const uuid = machine && expect("smbiosUuid", () => machine.uuid);
  const virtualisation = machine && hypervisorOf(machine);
  const os = expect("os", () => operatingSystem(localRegistry));
  if (os) for (const key of ["build", "edition", "role"] as const) expect(`os.${key}`, () => os[key]);
  const count = expect("cpu", processors);
  const model = expect("cpu.model", () => localRegistry.text(PROCESSOR, "ProcessorNameString")?.trim());
  const found = expect("interfaces", adapters) ?? [];
  const own = {
    names: new Set(Object.values(names ?? {}).map((name) => name.toLowerCase())),
    addresses: new Set(found.flatMap(({ addresses: all }) => all.map(({ address }) => address))),
    macs: new Set(found.flatMap(({ mac }) => mac?.toLowerCase() ?? [])),
  };
  const sources = { machine: localRegistry, users: usersRegistry, configurationFolders, own };
  const addresses = attempt("dependenciesOnAddress", () => readAddressDependencies(sources));
  for (const reason of addresses?.unread ?? []) reading.note("dependenciesOnAddress", reason);
  return {
    ...(names && { hostname: names.hostname, ...(names.fqdn !== names.hostname && { fqdn: names.fqdn }) }),
    ...(machineId !== undefined && { machineId }),
    ...(uuid !== undefined && { smbiosUuid: uuid }),
    os: { family: "windows", name: "", ...os, kernel: release(), architecture: arch() },
    ...(count && { cpu: { ...(model !== undefined && { model }), ...count } }),
    memoryBytes: totalmem(),
    disks: await disks(reading),
    interfaces: found.map(interfaceOf).sort((a, b) => (a.name < b.name ? -1 : 1)),
    ...(virtualisation !== undefined && { virtualisation }),
    software: await software(localRegistry, reading),
    ...(addresses && { dependenciesOnAddress: addresses.items }),
    ...(reading.unread.length > 0 && { unread: reading.unread }),
  };
}

/** A volume that does not answer in time, or is locked, is left out, and named. */
async function disks(reading: FactReading): Promise<HostFacts["disks"]> {
  const fills = createFillReader();
  const found: HostFacts["disks"] = [];
  for (const { mount, device } of reading.expect("disks", volumes) ?? []) {
    const fill = await fills.fill(mount);
    if (fill === undefined) reading.note("disks", `${mount}: it does not say how full it is`);
    else {
      const fileSystem = fileSystemOf(mount);
      found.push({ mount, device, ...(fileSystem !== undefined && { fileSystem }), ...fill });
    }
  }
  return found;
}

function interfaceOf({ name, mac, isLoopback, dhcp, addresses, dnsServers }: Adapter): HostFacts["interfaces"][number] {
  return {
    name,
    ...(mac !== undefined && { mac }),
    hostLocal: isLoopback || isHostLocal(name),
    addresses,
    dhcp,
    dnsServers: dnsServers.slice(0, 64),
  };
}
