import type { Process } from "@portolan/protocol";
import type { SamplerOptions } from "../sampler.ts";
import { CONNTRACK, createConntrack } from "./conntrack.ts";
import { findConntrackTable } from "./conntrack-table.ts";
import type { EventSource } from "../event-source.ts";
import type { Namespaces } from "./namespaces.ts";
import type { ProcFileReader } from "./read-proc-file.ts";
import { createSsEvents, SS_EVENTS } from "./ss-events.ts";
import { createTraceEvents, TRACEFS } from "./trace-events.ts";
import { NoTracingError, openTracing, prepareTracing, removeTracing, tracePlaces } from "./trace-instance.ts";

interface Surroundings {
  procRoot: string;
  files: ProcFileReader;
  namespaces: Namespaces;
  scopeOfAddress: (address: string) => string | undefined;
  processOf: (thread: number) => Process | undefined;
}

/**
 * Those sources that this host offers and the options allow. In an order: beginnings are asked for before ends, so that
 * what has ended by then has begun before.
 */
export function openEventSources(options: SamplerOptions, surroundings: Surroundings): EventSource[] {
  if (options.events === undefined) return [];
  const { use, onGap } = options.events;
  const sources = [
    use.includes(TRACEFS) ? tracing(options, onGap, surroundings) : undefined,
    use.includes(SS_EVENTS) ? createSsEvents({ onGap }) : undefined,
    use.includes(CONNTRACK) ? tracking(surroundings) : undefined,
  ];
  return sources.filter((source) => source !== undefined);
}

/** Undefined where this host has no tracing, or gives it to nobody but root. */
function tracing(
  options: SamplerOptions,
  onBacklog: () => void,
  { namespaces, scopeOfAddress, processOf }: Surroundings,
): EventSource | undefined {
  for (const place of tracePlaces(options)) {
    try {
      const isRoot = process.getuid?.() === 0;
      if (isRoot) prepareTracing(place);
      const instance = openTracing(place);
      const ownOnly = options.containers === false;
      const source = createTraceEvents({ instance, namespaces, scopeOfAddress, ownOnly, processOf, onBacklog });
      if (!isRoot) return source;
      // Also one that a killed run left, unless another agent reads it.
      return { ...source, close: () => source.close().then(() => void removeTracing(place)) };
    } catch (error) {
      if (!(error instanceof NoTracingError)) throw error;
    }
  }
  return undefined;
}

/** Undefined where the host cannot track, or lets nobody but root see it. */
function tracking({ procRoot, files, namespaces }: Surroundings): EventSource | undefined {
  const table = findConntrackTable(procRoot, files);
  return typeof table === "string" ? undefined : createConntrack({ table, namespaces });
}
