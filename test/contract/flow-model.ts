import type { AcceptedFlow } from "@portolan/collector";
import type { FlowEvidence } from "@portolan/graph";

/** What one flow came to on one day. */
interface DayCounts {
  connections: number;
  failed: number;
  bytes: number | undefined;
  firstSeen: number;
  lastSeen: number;
}

/** What a listing shows of a flow's counts. */
export type Shown = Pick<
  FlowEvidence,
  "connectionsByDay" | "connectionsByMonth" | "failed" | "bytesReceived" | "firstSeen" | "lastSeen" | "connectedBefore"
>;

function sum(days: readonly DayCounts[]): DayCounts {
  return days.reduce((a, b) => ({
    connections: a.connections + b.connections,
    failed: a.failed + b.failed,
    bytes: a.bytes === undefined ? b.bytes : a.bytes + (b.bytes ?? 0),
    firstSeen: Math.min(a.firstSeen, b.firstSeen),
    lastSeen: Math.max(a.lastSeen, b.lastSeen),
  }));
}

function noon(day: string): number {
  return Date.parse(`${day}T12:00:00Z`);
}

/** The plain model of how a flow ages: a map of its days, from which each answer is made anew. For tests. */
export class FlowModel {
  readonly #days = new Map<string, DayCounts>();

  add(flow: AcceptedFlow): void {
    const { day, connections, failed, bytesSent: bytes, firstSeen, lastSeen } = flow;
    const known = this.#days.get(day);
    const added = { connections, failed, bytes, firstSeen, lastSeen };
    this.#days.set(day, known ? sum([known, added]) : added);
  }

  /** @param monthsTo the last day that is told by month, or "" */
  shown(since: string, until: string, monthsTo: string): Shown | undefined {
    const all = [...this.#days].sort(([a], [b]) => (a < b ? -1 : 1));
    const isIn = ([day]: readonly [string, DayCounts]) => since <= day && day <= until;
    const byDay = all.filter((entry) => isIn(entry) && entry[0] > monthsTo);
    const months = Map.groupBy(
      all.filter(([day]) => day <= monthsTo),
      ([day]) => day.slice(0, 7),
    );
    const counted = byDay.map(([, counts]) => counts);
    const byMonth: NonNullable<Shown["connectionsByMonth"]> = [];
    let before = all.some(([day, { connections }]) => day < since && day > monthsTo && connections > 0);
    for (const days of months.values()) {
      const inside = days.filter(isIn);
      const whole = sum(days.map(([, counts]) => counts));
      const [first, last] = [inside[0], inside.at(-1)];
      const touches = first !== undefined && last !== undefined;
      const isPart = touches && inside.length < days.length;
      before ||= whole.connections > 0 && (isPart || (!touches && (days[0]?.[0] ?? "") < since));
      if (!touches) continue;
      const seenOn = inside.map(([day]) => day);
      if (!isPart) {
        counted.push(whole);
        byMonth.push({ days: seenOn, connections: whole.connections });
        continue;
      }
      const firstSeen = first[0] === days[0]?.[0] ? whole.firstSeen : Math.min(noon(first[0]), whole.lastSeen);
      const lastSeen = last[0] === days.at(-1)?.[0] ? whole.lastSeen : Math.max(noon(last[0]), firstSeen);
      counted.push({ connections: 0, failed: 0, bytes: undefined, firstSeen, lastSeen });
      byMonth.push({ days: seenOn, connections: 0, lowerBound: true });
    }
    if (counted.length === 0) return undefined;
    const { failed, bytes, firstSeen, lastSeen } = sum(counted);
    return {
      connectionsByDay: byDay.map(([day, { connections }]) => ({ day, connections })),
      ...(byMonth.length > 0 && { connectionsByMonth: byMonth }),
      failed,
      ...(bytes !== undefined && { bytesReceived: bytes }),
      firstSeen,
      lastSeen,
      ...(before && { connectedBefore: true }),
    };
  }
}

export function shownOf(flow: FlowEvidence): Shown {
  const { connectionsByDay, connectionsByMonth, failed, bytesReceived, firstSeen, lastSeen, connectedBefore } = flow;
  return {
    connectionsByDay,
    ...(connectionsByMonth && { connectionsByMonth }),
    failed,
    ...(bytesReceived !== undefined && { bytesReceived }),
    firstSeen,
    lastSeen,
    ...(connectedBefore && { connectedBefore }),
  };
}
