import type { ListedRow } from "./host-row.ts";

/** Hosts that are one, as one row: the first's own name, the latest facts, and of the rest whatever any of them knows. */
export function joinHosts(root: ListedRow, members: readonly ListedRow[]): ListedRow {
  const first = <Key extends keyof ListedRow>(key: Key) =>
    root[key] ?? members.find((row) => row[key] !== null)?.[key] ?? null;
  const times = (key: "firstSeen" | "lastSeen" | "retiredAt") => members.flatMap((row) => row[key] ?? []);
  const latest = members.reduce((best, row) => ((row.factsAt ?? -1) > (best.factsAt ?? -1) ? row : best), root);
  const [firstSeen, lastSeen, gone] = [times("firstSeen"), times("lastSeen"), times("retiredAt")];
  return {
    ...root,
    managed: Math.max(...members.map((row) => row.managed)),
    facts: latest.facts,
    environment: first("environment"),
    notes: first("notes"),
    agentId: first("agentId"),
    firstSeen: firstSeen.length === 0 ? null : Math.min(...firstSeen),
    lastSeen: lastSeen.length === 0 ? null : Math.max(...lastSeen),
    // While any of them is there, the host is.
    retiredAt: gone.length === members.length ? Math.max(...gone) : null,
  };
}
