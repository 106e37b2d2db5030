import { type AddressIndex, createAddressIndex } from "../address-index.ts";
import { unmanagedId } from "../endpoint-id.ts";
import { hostFinder, plainName } from "../host-finder.ts";
import type { Host, HostId } from "../types.ts";
import type { DirectoryInput } from "./types.ts";

/** What a word of a member comes to: a host, an address that nobody has, or a name alone. */
export interface Named {
  id: HostId;
  name: string;
  address?: string;
}

/**
 * Who is meant where a member names a controller, by name, by address, or both. A name whose address another member tells
 * is that address. Building is O(hosts + names).
 */
export function controllerNames({
  hosts,
  namesOf,
  directory,
}: Pick<DirectoryInput, "hosts" | "namesOf" | "directory">) {
  const addresses: AddressIndex = createAddressIndex(hosts);
  const byId = new Map(hosts.map((host) => [host.id, host]));
  const findHost = hostFinder(hosts, namesOf);
  const addressOf = new Map<string, string>();
  for (const { record } of directory) {
    for (const { name, address } of record.domainControllers) {
      if (name === undefined || address === undefined || addressOf.has(plainName(name))) continue;
      addressOf.set(plainName(name), address);
    }
  }

  return (member: Host, word: { name?: string | undefined; address?: string | undefined }): Named | undefined => {
    const address = word.address ?? (word.name === undefined ? undefined : addressOf.get(plainName(word.name)));
    const owner = address === undefined ? undefined : addresses.resolve(address, member.id, member.site)?.hostId;
    const host = byId.get(owner ?? "") ?? (word.name === undefined ? undefined : findHost(word.name, member.site));
    const told = address === undefined ? {} : { address };
    if (host) return { id: host.id, name: host.name, ...told };
    if (address !== undefined)
      return { id: unmanagedId(member.site, address), name: plainName(word.name ?? address), address };
    return word.name === undefined ? undefined : { id: `named:${plainName(word.name)}`, name: plainName(word.name) };
  };
}
