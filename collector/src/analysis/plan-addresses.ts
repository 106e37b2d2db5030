import { type AddressIndex, createAddressIndex, type Host, type HostId } from "@portolan/graph";
import type { AddressChange, HeldAddress, HeldRoute, PlanAddresses } from "@portolan/waves";
import { normaliseAddress } from "../ingest/normalise-address.ts";
import type { StoredAddressDependency } from "../storage/directory.ts";
import { addressesIn } from "./addresses-in.ts";
import type { Analysis } from "./analysis.ts";

const DEFAULT_ROUTE = /^(?:0\.0\.0\.0|::)\/0$/;

/** Whose address is whose, with old ones that the user gave and no agent tells of. */
function indexOf(hosts: readonly Host[], changes: readonly AddressChange[]): AddressIndex {
  const given = Map.groupBy(changes, ({ host }) => host);
  return createAddressIndex(
    hosts.map((host) => {
      const known = new Set(host.addresses.map(({ address }) => address));
      const more = (given.get(host.id) ?? []).filter(({ oldAddress }) => !known.has(oldAddress));
      const addresses = more.map(({ oldAddress }) => ({ address: oldAddress, hostLocal: false }));
      return more.length === 0 ? host : { ...host, addresses: [...host.addresses, ...addresses] };
    }),
  );
}

function routeOf({ hostId, kind, holder, target }: StoredAddressDependency): HeldRoute[] {
  const [range = "", gateway] = kind === "static-route" ? target.split(" via ") : [];
  if (gateway === undefined || DEFAULT_ROUTE.test(range)) return [];
  return [{ holder: hostId, adapter: holder, range, gateway: normaliseAddress(gateway) }];
}

/**
 * What settings of hosts name addresses of hosts. Rows that are no longer there, of retired hosts, and addresses that mean
 * something inside their host only, such as a container's, are left out. O(rows + hosts).
 */
export function planAddresses(
  { hosts, names }: Pick<Analysis, "hosts" | "names">,
  rows: readonly StoredAddressDependency[],
  changes: readonly AddressChange[] | undefined,
): PlanAddresses {
  const index = indexOf(hosts, changes ?? []);
  const siteOf = new Map<HostId, string>(
    hosts.flatMap(({ id, site, retiredAt }) => (retiredAt === undefined ? [[id, site] as const] : [])),
  );
  const current = rows.filter(({ current: isThere, hostId }) => isThere && siteOf.has(hostId));
  const held = current.flatMap(({ hostId, kind, holder, target, source }) =>
    addressesIn(target).flatMap((address): HeldAddress[] => {
      const site = siteOf.get(hostId);
      if (site === undefined || index.isHostLocal(address, hostId)) return [];
      const owner = index.resolve(address, hostId, site)?.hostId;
      return owner === undefined ? [] : [{ holder: hostId, kind, place: holder, source, address, owner }];
    }),
  );
  return { ...(changes && { changes }), held, routes: current.flatMap(routeOf), names };
}
