import type { Process } from "@portolan/protocol";
import { processLabel } from "../../ingest/process-label.ts";
import type { Database } from "./database.ts";

/** Labels by process key, each read once for a listing, as it is asked for; key 0 (none) has no label. */
export interface ProcessLabels {
  get(processKey: number): string | undefined;
}

export function processLabels(db: Database): () => ProcessLabels {
  const identity = db.prepare<[number], string>("SELECT identity FROM process WHERE process_key = ?").pluck();
  const labelOf = (key: number): string | undefined => {
    const text = key === 0 ? undefined : identity.get(key);
    return text === undefined ? undefined : processLabel(JSON.parse(text) as Process);
  };
  return () => {
    const known = new Map<number, string | undefined>();
    return {
      get(key) {
        if (!known.has(key)) known.set(key, labelOf(key));
        return known.get(key);
      },
    };
  };
}
