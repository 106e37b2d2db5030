import { readFileSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";
import { namesIn } from "../../names-in.ts";

/** By what others, and licences, may mean this host. */
export interface OwnIdentity {
  /** In small letters, with and without the domain where both are known. */
  names: ReadonlySet<string>;
  addresses: ReadonlySet<string>;
  /** Of all adapters, also of those without an address: `00:50:56:aa:bb:cc`. Empty where they can't be read. */
  macs: ReadonlySet<string>;
}

/** @param fqdn the host's full name, where somebody knows it */
export function ownIdentity(sysRoot: string, fqdn: string | undefined): OwnIdentity {
  const adapters = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
  const names = [hostname(), fqdn ?? hostname()].map((name) => name.toLowerCase());
  return {
    names: new Set(names),
    addresses: new Set(adapters.map(({ address }) => address.replace(/%.*$/, ""))),
    macs: new Set(adapterMacs(`${sysRoot}/class/net`).filter((mac) => /[1-9a-f]/.test(mac))),
  };
}

/** True where a name or address means the host; of two names, of which one lacks the domain, the host's part counts. */
export function isOwn({ names, addresses }: OwnIdentity, name: string): boolean {
  const asked = name.toLowerCase();
  if (addresses.has(asked) || names.has(asked)) return true;
  const [label = ""] = asked.split(".");
  return [...names].some((own) => (own.includes(".") !== asked.includes(".") ? own.split(".")[0] === label : false));
}

function adapterMacs(folder: string): string[] {
  return namesIn(folder).flatMap((adapter) => {
    try {
      return [readFileSync(`${folder}/${adapter}/address`, "utf8").trim().toLowerCase()];
    } catch {
      // Gone meanwhile, or of a kind without one.
      return [];
    }
  });
}
