import type { AddressDependencyItem } from "@portolan/api";
import type { ListedAddressDependency } from "@portolan/export";
import { stableId, type HostId } from "@portolan/graph";
import type { z } from "zod";
import { time } from "./time.ts";

type Item = z.infer<typeof AddressDependencyItem>;

function presentFlows(flows: NonNullable<ListedAddressDependency["flows"]>, nameOf: (id: HostId) => string) {
  return flows.map(({ kind: _kind, client: _client, place: _place, server, firstSeen, lastSeen, ...rest }) => ({
    ...rest,
    server: nameOf(server),
    firstSeen: time(firstSeen),
    lastSeen: time(lastSeen),
  }));
}

/**
 * Its id is the same from day to day, whatever else is known of it.
 * @param group of its host, for the id
 */
export function presentAddressDependency(
  item: ListedAddressDependency,
  group: string,
  nameOf: (id: HostId) => string,
): Item {
  const { hostId, firstSeen, lastSeen, flows, ...rest } = item;
  const { kind, holder, target, source, validUntil } = rest;
  return {
    ...rest,
    id: `${group}:${stableId(JSON.stringify([kind, holder, target, source, validUntil]))}`,
    host: nameOf(hostId),
    firstSeen: time(firstSeen),
    lastSeen: time(lastSeen),
    ...(flows && { flows: presentFlows(flows, nameOf) }),
  };
}
