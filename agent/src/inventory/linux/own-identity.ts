import { readFileSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";
import { namesIn } from "../../names-in.ts";
import type { OwnIdentity } from "../addresses/own-identity.ts";

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
