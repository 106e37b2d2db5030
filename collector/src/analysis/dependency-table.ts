import { endpointId, type Dependency, type HostId, type ZoneMatch } from "@portolan/graph";
import { packRows, rowReader, shared, type PackedRows } from "./packed-rows.ts";

/**
 * The dependencies of one analysis in their order: what lists are filtered by as columns, the rest packed. 150 bytes
 * a dependency, shared by all threads. Hosts are positions in the analysis's list of all hosts, zones in `zones`.
 */
export interface DependencyColumns {
  rows: PackedRows;
  ids: Uint32Array;
  clients: Int32Array;
  servers: Int32Array;
  ports: Uint16Array;
  clientZones: Int32Array;
  serverZones: Int32Array;
  zones: string[];
}

export interface DependencyFilter {
  /** Position in the list of all hosts; at either end. */
  host?: number | undefined;
  /** At either end. */
  zone?: string | undefined;
  port?: number | undefined;
}

const NONE = -1;

/** 32 bits of an id, to find it without unpacking each row. */
function digest(id: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) value = Math.imul(value ^ id.charCodeAt(index), 0x01000193);
  return value >>> 0;
}

export interface TableInput {
  dependencies: readonly Dependency[];
  /** Known hosts and peers that nobody knows, in the analysis's order. */
  hosts: readonly { id: HostId; site: string }[];
  zoneOf: (address: string, site: string) => ZoneMatch | undefined;
}

type Zoned = Pick<Dependency, "site" | "clientAddress" | "clientHost" | "serverAddress" | "serverHost">;

/** Zones of both ends. O(dependencies). */
function zoneColumns(
  count: number,
  dependencies: Iterable<Zoned>,
  hosts: TableInput["hosts"],
  zoneOf: TableInput["zoneOf"],
): Pick<DependencyColumns, "clientZones" | "serverZones" | "zones"> {
  const sites = new Map(hosts.map((host) => [host.id, host.site]));
  const numbers = new Map<string, number>();
  const zoneNumber = (address: string | undefined, host: HostId | undefined, site: string): number => {
    const name = address === undefined ? undefined : zoneOf(address, sites.get(host ?? "") ?? site)?.name;
    if (name === undefined) return NONE;
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  };
  const clientZones = shared(Int32Array, count);
  const serverZones = shared(Int32Array, count);
  let row = 0;
  for (const { site, clientAddress, clientHost, serverAddress, serverHost } of dependencies) {
    clientZones[row] = zoneNumber(clientAddress, clientHost, site);
    serverZones[row] = zoneNumber(serverAddress, serverHost, site);
    row += 1;
  }
  return { clientZones, serverZones, zones: [...numbers.keys()] };
}

/** O(dependencies). */
export function dependencyColumns({ dependencies, hosts, zoneOf }: TableInput): DependencyColumns {
  const count = dependencies.length;
  const positions = new Map(hosts.map((host, position) => [host.id, position]));
  const columns = {
    ids: shared(Uint32Array, count),
    clients: shared(Int32Array, count),
    servers: shared(Int32Array, count),
    ports: shared(Uint16Array, count),
  };
  for (const [row, entry] of dependencies.entries()) {
    columns.ids[row] = digest(entry.id);
    columns.clients[row] = positions.get(endpointId(entry, "client")) ?? NONE;
    columns.servers[row] = positions.get(endpointId(entry, "server")) ?? NONE;
    columns.ports[row] = entry.serverPort;
  }
  return { ...columns, ...zoneColumns(count, dependencies, hosts, zoneOf), rows: packRows(dependencies) };
}

/** The same dependencies where other zones hold. */
export function rezoned(
  columns: DependencyColumns,
  { hosts, zoneOf }: Omit<TableInput, "dependencies">,
): DependencyColumns {
  const { count, each } = rowReader<Zoned>(columns.rows);
  return { ...columns, ...zoneColumns(count, each(), hosts, zoneOf) };
}

export interface DependencyTable {
  readonly count: number;
  /** Those that pass the filter, from `after` (a dependency's id) on; undefined when nothing has that id. O(count). */
  page(filter: DependencyFilter, limit: number, after?: string): { items: Dependency[]; hasMore: boolean } | undefined;
  /** Positions of the hosts that were called on the port. O(count). */
  serversOn(port: number): Set<number>;
  /** All of them as objects, for what needs the whole graph. */
  all(): Dependency[];
}

export function dependencyTable(columns: DependencyColumns): DependencyTable {
  const { ids, clients, servers, ports, clientZones, serverZones, zones } = columns;
  const rows = rowReader<Dependency>(columns.rows);

  function positionOf(id: string): number | undefined {
    const wanted = digest(id);
    for (let row = ids.indexOf(wanted); row >= 0; row = ids.indexOf(wanted, row + 1)) {
      if (rows.at(row).id === id) return row;
    }
    return undefined;
  }

  function page(
    { host, zone, port }: DependencyFilter,
    limit: number,
    after?: string,
  ): { items: Dependency[]; hasMore: boolean } | undefined {
    const last = after === undefined ? -1 : positionOf(after);
    if (last === undefined) return undefined;
    // A zone that no dependency touches has no number; no row has the one that stands for it here.
    const wanted = zone === undefined ? undefined : zones.includes(zone) ? zones.indexOf(zone) : zones.length;
    const items: Dependency[] = [];
    for (let row = last + 1; row < rows.count; row += 1) {
      if (host !== undefined && clients[row] !== host && servers[row] !== host) continue;
      if (port !== undefined && ports[row] !== port) continue;
      if (wanted !== undefined && clientZones[row] !== wanted && serverZones[row] !== wanted) continue;
      if (items.length === limit) return { items, hasMore: true };
      items.push(rows.at(row));
    }
    return { items, hasMore: false };
  }

  function serversOn(port: number): Set<number> {
    const found = new Set<number>();
    for (let row = ports.indexOf(port); row >= 0; row = ports.indexOf(port, row + 1)) found.add(servers[row] ?? NONE);
    return found;
  }

  return { count: rows.count, page, serversOn, all: rows.all };
}
