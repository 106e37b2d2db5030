import type { Source } from "@portolan/protocol";
import type { ConnectionEvent, Observation } from "./sampler.ts";

/** A source that is told of connections between two looks at the tables. */
export interface EventSource {
  /**
   * What it was told since the last call, and how it fared. Never throws.
   *
   * @param isLast nothing may be left for the next call, as it is cheaper
   */
  take(isLast?: boolean): TakenEvents;
  close(): Promise<void>;
}

export interface TakenEvents {
  events: ConnectionEvent[];
  /** What stood, where the source tells that and no events. */
  rows?: Observation[];
  source: Omit<Source, "blindTo">;
  /** Works, and yet has nothing to look at here: what it could show remains unseen. */
  isBlind?: boolean;
}

/** Events kept between two looks at most; what comes beyond is counted as lost. */
export const MOST_EVENTS = 200_000;

/** That many wait to be folded into flows: a look now keeps the memory small. */
export const BACKLOG = 10_000;
