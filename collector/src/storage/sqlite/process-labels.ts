import type { Process } from "@portolan/protocol";
import { processLabel } from "../../ingest/process-label.ts";
import type { Database } from "./database.ts";

/** Labels by process key, read anew for each listing; key 0 (none) has no label. */
export function processLabels(db: Database): () => ReadonlyMap<number, string> {
  const all = db
    .prepare<[], [number, string]>("SELECT process_key, identity FROM process WHERE process_key <> 0")
    .raw();
  return () =>
    new Map(all.all().map(([key, identity]) => [key, processLabel(JSON.parse(identity) as Process)] as const));
}
