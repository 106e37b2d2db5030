import { type AddressIndex, createAddressIndex } from "../address-index.ts";
import { unmanagedId } from "../endpoint-id.ts";
import type { Host, HostId } from "../types.ts";
import type { DirectoryInput } from "./types.ts";

/** What a word of a member comes to: a host, an address that nobody has, or a name alone. */
export interface Named {
  id: HostId;
  name: string;
  address?: string;
}

/** Windows writes `\\dc1.corp.example` in places. */
const plain = (name: string) => name.toLowerCase().replace(/^\\+|\.$/g, "");
const label = (name: string) => name.split(/[.@]/, 1)[0] ?? name;

function add(map: Map<string, Set<Host>>, key: string, host: Host): void {
  map.set(key, (map.get(key) ?? new Set()).add(host));
}

/** The one host of the site, else the one of all. */
function only(found: Iterable<Host>, site: string): Host | undefined {
  const all = [...found];
  const here = all.filter((host) => host.site === site);
  return here.length === 1 ? here[0] : all.length === 1 ? all[0] : undefined;
}

/** Hosts by name: whole names first, else the first label where one host of the member's site, or of all, has it. */
function hostFinder(hosts: readonly Host[], namesOf: DirectoryInput["namesOf"]) {
  const byName = new Map<string, Set<Host>>();
  const byLabel = new Map<string, Set<Host>>();
  const qualified = new Set<Host>();
  for (const host of hosts) {
    for (const name of [host.name, ...namesOf(host.id)].map(plain)) {
      add(byName, name, host);
      add(byLabel, label(name), host);
      if (name.includes(".")) qualified.add(host);
    }
  }
  return (text: string, site: string): Host | undefined => {
    const name = plain(text);
    const whole = only(byName.get(name) ?? [], site);
    if (whole) return whole;
    const likely = [...(byLabel.get(label(name)) ?? [])].filter((host) => !name.includes(".") || !qualified.has(host));
    return only(likely, site);
  };
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
      if (name === undefined || address === undefined || addressOf.has(plain(name))) continue;
      addressOf.set(plain(name), address);
    }
  }

  return (member: Host, word: { name?: string | undefined; address?: string | undefined }): Named | undefined => {
    const address = word.address ?? (word.name === undefined ? undefined : addressOf.get(plain(word.name)));
    const owner = address === undefined ? undefined : addresses.resolve(address, member.id, member.site)?.hostId;
    const host = byId.get(owner ?? "") ?? (word.name === undefined ? undefined : findHost(word.name, member.site));
    const told = address === undefined ? {} : { address };
    if (host) return { id: host.id, name: host.name, ...told };
    if (address !== undefined)
      return { id: unmanagedId(member.site, address), name: plain(word.name ?? address), address };
    return word.name === undefined ? undefined : { id: `named:${plain(word.name)}`, name: plain(word.name) };
  };
}
