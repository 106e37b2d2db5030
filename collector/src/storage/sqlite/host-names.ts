import ipaddr from "ipaddr.js";

/** What names are compared by: case never matters, and a short name equals the first label of a full one. */
export interface NameKeys {
  nameKey: string;
  shortKey: string;
}

/** A host that a name may mean; `names` are its lower-case name and, where known, its full one. */
interface Candidate {
  hostKey: number;
  managed: boolean;
  names: string[];
}

/** What each address begins with or holds: told first, because a name that is none costs the parser an error. */
const MAY_BE_ADDRESS = /^\d|:/;

export function nameKeys(name: string): NameKeys {
  const nameKey = name.toLowerCase().replace(/\.$/, "");
  // The first number of an address is no host name.
  const shortKey =
    MAY_BE_ADDRESS.test(nameKey) && ipaddr.isValid(nameKey) ? nameKey : (nameKey.split(".")[0] ?? nameKey);
  return { nameKey, shortKey };
}

/**
 * The one host among those with the same first label that a name means: an exact match, a managed host before others;
 * else the only one where either side has no domain. A short name that fits two full ones means neither.
 */
export function matchName(keys: NameKeys, candidates: readonly Candidate[]): number | undefined {
  const exact = candidates.filter((candidate) => candidate.names.includes(keys.nameKey));
  const best = exact.find((candidate) => candidate.managed) ?? exact[0];
  if (best) return best.hostKey;
  const isShort = keys.nameKey === keys.shortKey;
  const loose = candidates.filter(
    (candidate) => isShort || candidate.names.every((candidateName) => candidateName === keys.shortKey),
  );
  return loose.length === 1 ? loose[0]?.hostKey : undefined;
}

/** Names as they are shown, by host key: `name@site` where two sites share a name, with the id where one site does. */
export function displayNames(
  hosts: readonly { hostKey: number; name: string; site: string }[],
): ReadonlyMap<number, string> {
  const byName = new Map<string, { hostKey: number; name: string; site: string }[]>();
  for (const host of hosts) {
    const key = host.name.toLowerCase();
    const same = byName.get(key);
    if (same) same.push(host);
    else byName.set(key, [host]);
  }
  const shown = new Map<number, string>();
  for (const same of byName.values()) {
    const sites = new Set(same.map((host) => host.site));
    for (const host of same) {
      const withSite = sites.size > 1 ? `${host.name}@${host.site}` : host.name;
      const isAlone = same.filter((other) => other.site === host.site).length === 1;
      shown.set(host.hostKey, isAlone ? withSite : `${withSite} (h${host.hostKey})`);
    }
  }
  return shown;
}
