import type { HostId, SuspectedDependency } from "@portolan/graph";
import type { AddressDependency } from "@portolan/protocol";
import { rfc3339 } from "../text.ts";
import type { DirectoryRow } from "./directory-row.ts";

/** Flows that suggest something or agree with it; `place` is the server and its port as lists show them. */
interface FlowsBehind extends SuspectedDependency {
  place: string;
}

/** What on a host names or needs an address. Times are milliseconds since 1970 UTC. */
export interface ListedAddressDependency extends AddressDependency {
  hostId: HostId;
  firstSeen: number;
  lastSeen: number;
  /** False once a whole list of the host came without it. */
  current: boolean;
  /** True where nobody told, and flows alone suggest it: `flows` then has the one that does. */
  suspected: boolean;
  /** The file that names it, where one does. */
  importId?: string;
  flows?: FlowsBehind[];
}

function flowsText({
  place,
  protocol,
  connections,
  lowerBound,
  failed,
  firstSeen,
  lastSeen,
  ends,
  sources,
}: FlowsBehind) {
  const failures = failed > 0 ? `, ${failed} failed` : "";
  const seenFrom = ends === "both" ? "both ends" : `the ${ends}'s end`;
  const count = `${lowerBound ? "at least " : ""}${connections} connections${failures}`;
  const when = `${rfc3339(firstSeen)} to ${rfc3339(lastSeen)}`;
  return `flows to ${place} ${protocol}: ${count}, ${when}, seen from ${seenFrom} (${sources.join(", ")})`;
}

/** A line of the sheet. What is only suspected has a question mark, its confidence and its reasons. */
export function addressRow(item: ListedAddressDependency, subject: string): DirectoryRow {
  const { kind, holder, target, validUntil, source, current, suspected, importId, flows = [], ...seen } = item;
  const reasons = suspected
    ? flows.flatMap(({ confidence, reasons: why }) => [`suspected from flows, confidence ${confidence}`, ...why])
    : [];
  const from = importId === undefined ? source : `${source}, import ${importId}`;
  return {
    part: "address",
    subject,
    what: holder,
    state: `${kind}${suspected ? "?" : ""}${current ? "" : ", no longer"}`,
    detail: [target, ...(validUntil === undefined ? [] : [`until ${validUntil}`]), ...reasons],
    firstSeen: seen.firstSeen,
    lastSeen: seen.lastSeen,
    evidence: [...(suspected ? [] : [from]), ...flows.map(flowsText)],
  };
}
