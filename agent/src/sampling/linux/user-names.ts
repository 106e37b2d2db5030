import { statSync } from "node:fs";
import { readFileWithin } from "../../read-file-within.ts";
import { parsePasswd } from "./parse-passwd.ts";
import { unlessUnreadable } from "./read-proc-file.ts";

const MOST_BYTES = 16 * 1024 * 1024;

/** Names of local users, read again when the file changes; an id without a name stands for itself. */
export function createUserNames(passwdFile: string): (id: number) => string {
  let names = new Map<number, string>();
  let readAt = Number.NaN;

  return (id) => {
    const changed = unlessUnreadable(() => statSync(passwdFile).mtimeMs);
    if (changed !== undefined && changed !== readAt) {
      const reading = readFileWithin(passwdFile, MOST_BYTES);
      if (reading.state === "read") names = parsePasswd(reading.bytes);
      readAt = changed;
    }
    return names.get(id) ?? String(id);
  };
}
