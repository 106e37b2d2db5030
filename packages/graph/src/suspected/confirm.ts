import { createAddressIndex } from "../address-index.ts";
import { unmanagedId } from "../endpoint-id.ts";
import { hostFinder } from "../host-finder.ts";
import type { Host, HostId } from "../types.ts";
import type { SuspectedDependency } from "./types.ts";

/** What somebody told: a host that needs a target, written as `host`, `host\instance`, `host:port` or `[IPv6]:port`. */
export interface ToldTarget {
  hostId: HostId;
  kind: string;
  target: string;
}

interface Target {
  host: string;
  port?: number;
}

const BRACKETED = /^\[(?<host>[^\]]+)\](?::(?<port>\d{1,5}))?$/;
const PLAIN = /^\\{0,2}(?<host>[^\s:\\()[\]]+)(?:\\[^\s:\\]+)?(?::(?<port>\d{1,5}))?$/;
const IPV6 = /^[\da-f:.]*:[\da-f:.]*:[\da-f:.%\w]*$/i;
const ADDRESS = /^(?:\d+\.\d+\.\d+\.\d+|[\da-f.]*:[\da-f:.]*)$/i;

function parseTarget(text: string): Target | undefined {
  if (IPV6.test(text)) return { host: text };
  const { host, port } = (BRACKETED.exec(text) ?? PLAIN.exec(text))?.groups ?? {};
  return host === undefined ? undefined : { host, ...(port !== undefined && { port: Number(port) }) };
}

const pairOf = (kind: string, client: HostId, server: HostId) => [kind, client, server].join("\n");

/**
 * Finds the flows behind what was told: of the same host and kind, to the host that the target names, and, where it names
 * a port, on that port. What is told without a port agrees with all ports of that host. Asking is O(told + suspected), the
 * first time O(hosts + names) besides.
 * @param namesOf names that a host gives itself
 */
export function suspicionConfirmer(hosts: readonly Host[], namesOf: (hostId: HostId) => readonly string[]) {
  const prepare = () => ({
    addresses: createAddressIndex(hosts),
    findHost: hostFinder(hosts, namesOf),
    siteOf: new Map(hosts.map(({ id, site }) => [id, site])),
  });
  let known: ReturnType<typeof prepare> | undefined;

  function serverMeant({ hostId }: ToldTarget, { host }: Target): HostId | undefined {
    known ??= prepare();
    const site = known.siteOf.get(hostId);
    if (site === undefined) return undefined;
    const byAddress = ADDRESS.test(host) ? known.addresses.resolve(host, hostId, site)?.hostId : undefined;
    return byAddress ?? known.findHost(host, site)?.id ?? unmanagedId(site, host.toLowerCase());
  }

  return <Told extends ToldTarget>(suspected: readonly SuspectedDependency[], told: readonly Told[]) => {
    const byPair = Map.groupBy(suspected, ({ kind, client, server }) => pairOf(kind, client, server));
    const flowsOf = new Map<Told, SuspectedDependency[]>();
    for (const item of suspected.length === 0 ? [] : told) {
      const target = parseTarget(item.target);
      const server = target && serverMeant(item, target);
      if (server === undefined) continue;
      const flows = (byPair.get(pairOf(item.kind, item.hostId, server)) ?? []).filter(
        ({ port }) => target?.port === undefined || port === target.port,
      );
      if (flows.length > 0) flowsOf.set(item, flows);
    }
    const confirmed = new Set([...flowsOf.values()].flat());
    return { flowsOf, unconfirmed: suspected.filter((one) => !confirmed.has(one)) };
  };
}
