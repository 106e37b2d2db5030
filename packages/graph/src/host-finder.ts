import type { Host, HostId } from "./types.ts";

/** Windows writes `\\dc1.corp.example` in places. */
export const plainName = (name: string) => name.toLowerCase().replace(/^\\+|\.$/g, "");
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

/**
 * Hosts by name: whole names first, else the first label where one host of the site, or of all, has it. Building is
 * O(hosts + names).
 * @param namesOf names that a host gives itself besides the one it is listed by
 */
export function hostFinder(hosts: readonly Host[], namesOf: (hostId: HostId) => readonly string[]) {
  const byName = new Map<string, Set<Host>>();
  const byLabel = new Map<string, Set<Host>>();
  const qualified = new Set<Host>();
  for (const host of hosts) {
    for (const name of [host.name, ...namesOf(host.id)].map(plainName)) {
      add(byName, name, host);
      add(byLabel, label(name), host);
      if (name.includes(".")) qualified.add(host);
    }
  }
  return (text: string, site: string): Host | undefined => {
    const name = plainName(text);
    const whole = only(byName.get(name) ?? [], site);
    if (whole) return whole;
    const likely = [...(byLabel.get(label(name)) ?? [])].filter((host) => !name.includes(".") || !qualified.has(host));
    return only(likely, site);
  };
}
