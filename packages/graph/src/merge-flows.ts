import { type DirectedFlow, isLocal } from "./directed-flow.ts";
import { byText } from "./order.ts";
import type { Dependency, DependencyDirection, Host, HostId } from "./types.ts";

const CERTAINTY: Record<DependencyDirection, number> = { observed: 3, corrected: 2, guessed: 1, unknown: 0 };

type Side = "client" | "server" | "both";

/** What the observers at one end counted in a month whose days are no longer told one by one. */
interface MonthCounts {
  days: Set<string>;
  connections: number;
  isWhole: boolean;
}

/** What the observers at one end counted together. */
interface SideCounts {
  days: Map<string, number>;
  /** By YYYY-MM; absent where there are none, as there are many dependencies. Their days are in no end's `days`. */
  months?: Map<string, MonthCounts>;
  failed: number;
  clientToServer: number | undefined;
  serverToClient: number | undefined;
  exact: boolean;
}

/**
 * One dependency from all flows that share its key, seen from either end. Counts are, per day, the larger of what the
 * ends counted: both saw the same connections, and neither is sure to have seen all. Of a month whose days are no longer
 * told one by one, per month. O(flows × days).
 */
export function mergeFlows(
  id: string,
  flows: readonly [DirectedFlow, ...DirectedFlow[]],
  hosts: ReadonlyMap<HostId, Host>,
): Dependency {
  const [first] = flows;
  const { client, server, serverPort, evidence } = first;
  const sides = new Map<Side, SideCounts>();
  // Seldom more than three of each: an array costs less than a Set, and there are a million dependencies. What is kept are
  // sorted copies, which are no longer than they must be: pushing makes room for 17.
  const clientProcesses: string[] = [];
  const serverProcesses: string[] = [];
  const sources: string[] = [];
  let { firstSeen, lastSeen } = evidence;
  let direction: DependencyDirection = "unknown";
  let folded: number | undefined;
  let crossSite = false;
  let connectedBefore = false;
  for (const flow of flows) {
    addCounts(sides, flow);
    if (flow.client.process !== undefined) addOnce(clientProcesses, flow.client.process);
    if (flow.server.process !== undefined) addOnce(serverProcesses, flow.server.process);
    for (const source of flow.evidence.sources) addOnce(sources, source);
    firstSeen = Math.min(firstSeen, flow.evidence.firstSeen);
    lastSeen = Math.max(lastSeen, flow.evidence.lastSeen);
    if (CERTAINTY[flow.direction] > CERTAINTY[direction]) direction = flow.direction;
    folded = larger(folded, flow.evidence.folded);
    crossSite ||= flow.crossSite;
    connectedBefore ||= flow.evidence.connectedBefore === true;
  }
  const counts = [...sides.values()];
  const { connections, lowerBound, days } = countAll(counts);
  const sent = counts.reduce<number | undefined>((most, side) => larger(most, side.clientToServer), undefined);
  const received = counts.reduce<number | undefined>((most, side) => larger(most, side.serverToClient), undefined);
  const scope = isLocal(first) ? evidence.scope : undefined;
  return {
    id,
    site: siteOf(first, hosts),
    ...(client.address !== undefined && { clientAddress: client.address }),
    ...(server.address !== undefined && { serverAddress: server.address }),
    ...(client.hostId !== undefined && { clientHost: client.hostId }),
    ...(server.hostId !== undefined && { serverHost: server.hostId }),
    protocol: evidence.protocol,
    serverPort,
    ...(direction === "unknown" && first.clientPort !== undefined && { clientPort: first.clientPort }),
    ...(scope !== undefined && { scope }),
    clientProcesses: clientProcesses.toSorted(byText),
    serverProcesses: serverProcesses.toSorted(byText),
    connections,
    lowerBound,
    failed: Math.max(...counts.map((side) => side.failed)),
    ...(connectedBefore && { connectedBefore }),
    ...(sent !== undefined && { bytesSent: sent }),
    ...(received !== undefined && { bytesReceived: received }),
    firstSeen,
    lastSeen,
    days,
    ends: endsOf(sides),
    sources: sources.toSorted(byText),
    direction,
    ...(folded !== undefined && { folded }),
    ...(crossSite && { crossSite }),
  };
}

function addCounts(sides: Map<Side, SideCounts>, { evidence, turned }: DirectedFlow): void {
  const side = turned && evidence.seenFrom !== "both" ? opposite(evidence.seenFrom) : evidence.seenFrom;
  let counts = sides.get(side);
  if (!counts) {
    counts = {
      days: new Map(),
      months: new Map(),
      failed: 0,
      clientToServer: undefined,
      serverToClient: undefined,
      exact: true,
    };
    sides.set(side, counts);
  }
  for (const { day, connections } of evidence.connectionsByDay) {
    counts.days.set(day, (counts.days.get(day) ?? 0) + connections);
  }
  for (const { days, connections, lowerBound } of evidence.connectionsByMonth ?? []) {
    const month = days[0]?.slice(0, "YYYY-MM".length) ?? "";
    counts.months ??= new Map();
    const known = counts.months.get(month);
    counts.months.set(month, {
      days: new Set([...(known?.days ?? []), ...days]),
      connections: (known?.connections ?? 0) + connections,
      isWhole: (known?.isWhole ?? true) && lowerBound !== true,
    });
  }
  counts.failed += evidence.failed;
  const { bytesSent, bytesReceived } = evidence;
  counts.clientToServer = sum(counts.clientToServer, turned ? bytesReceived : bytesSent);
  counts.serverToClient = sum(counts.serverToClient, turned ? bytesSent : bytesReceived);
  counts.exact &&= evidence.countsAreExact;
}

function countAll(sides: readonly SideCounts[]): Pick<Dependency, "connections" | "lowerBound" | "days"> {
  const byDay = countDays(sides);
  const months = new Set(sides.flatMap(({ months: of }) => (of ? [...of.keys()] : [])));
  if (months.size === 0) return { ...byDay, lowerBound: byDay.lowerBound || byDay.days.length === 0 };
  const byMonth = [...months].map((month) => countMonth(sides, month));
  return {
    connections: byMonth.reduce((sum, { connections }) => sum + connections, byDay.connections),
    lowerBound: byDay.lowerBound || byMonth.some(({ lowerBound }) => lowerBound),
    days: [...byDay.days, ...byMonth.flatMap(({ days }) => days)].sort(byText),
  };
}

/**
 * Ends that saw a month's days both counted the same connections: the larger. Where they shared no day, they counted one
 * after the other: the sum. Exact when an end that misses nothing counted on all of the days.
 */
function countMonth(
  sides: readonly SideCounts[],
  name: string,
): Pick<Dependency, "connections" | "lowerBound" | "days"> {
  const months = sides.flatMap(({ months: of, exact }) => {
    const month = of?.get(name);
    return month ? [{ ...month, exact }] : [];
  });
  const days = new Set(months.flatMap((month) => [...month.days]));
  const areApart = months.reduce((sum, month) => sum + month.days.size, 0) === days.size;
  const counts = months.map((month) => month.connections);
  const isExact = months.some((month) => month.exact && month.isWhole && month.days.size === days.size);
  return {
    connections: areApart ? counts.reduce((sum, count) => sum + count, 0) : Math.max(...counts),
    lowerBound: !isExact,
    days: [...days],
  };
}

/** A day is exact when an end that misses nothing counted on it; one inexact day makes the sum a lower bound. */
function countDays(sides: readonly SideCounts[]): Pick<Dependency, "connections" | "lowerBound" | "days"> {
  const days: string[] = [];
  for (const [position, side] of sides.entries()) {
    for (const day of side.days.keys()) {
      if (!sides.slice(0, position).some((earlier) => earlier.days.has(day))) days.push(day);
    }
  }
  days.sort(byText);
  let connections = 0;
  let lowerBound = false;
  for (const day of days) {
    let most = 0;
    let isExact = false;
    for (const side of sides) {
      const count = side.days.get(day);
      if (count === undefined) continue;
      most = Math.max(most, count);
      isExact ||= side.exact;
    }
    connections += most;
    lowerBound ||= !isExact;
  }
  return { connections, lowerBound, days };
}

function endsOf(sides: ReadonlyMap<Side, SideCounts>): Dependency["ends"] {
  if (sides.has("both") || sides.size > 1) return "both";
  return sides.has("client") ? "client" : "server";
}

/** An unmanaged end belongs to its observer's site; else the dependency counts at its client's. */
function siteOf({ client, server, evidence }: DirectedFlow, hosts: ReadonlyMap<HostId, Host>): string {
  if (client.hostId === undefined || server.hostId === undefined) return evidence.site;
  return hosts.get(client.hostId)?.site ?? evidence.site;
}

function opposite(side: "client" | "server"): "client" | "server" {
  return side === "client" ? "server" : "client";
}

function addOnce(list: string[], value: string): void {
  if (!list.includes(value)) list.push(value);
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : a + b;
}

function larger(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b);
}
