import { readdirSync } from "node:fs";

/** Names of what is in a folder, sorted; none where there is no such folder, or it can't be read. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
