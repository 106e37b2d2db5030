import type { ReceivedFlow, Source } from "@portolan/protocol";

/** A source is a moment away when it starts; what connects and ends within it is nobody's count. */
const UNNOTICED_MS = 100;

/**
 * Whether a report's counts of a flow are exact, and no lower bound: a source was told of every such connection in the
 * whole window. Tracing is; `ss -E` is of all but the host's own resets, whose far port the kernel wipes, and those in
 * its containers. Of what a host only passes on, translated, nobody is told: the table of what it tracks is looked at.
 */
export function exactCounts(sources: readonly Source[]): (flow: ReceivedFlow) => boolean {
  const isWhole = (name: string): boolean =>
    sources.some((source) => source.name === name && source.ok && source.lost === 0 && source.gapMs <= UNNOTICED_MS);
  const tracing = isWhole("tracefs");
  const ended = isWhole("ss-events");
  return ({ protocol, direction, scope, sources: seenBy }) => {
    if (protocol !== "tcp" || seenBy.includes("conntrack")) return false;
    return tracing || (ended && direction === "inbound" && scope === undefined);
  };
}
