import { statSync } from "node:fs";
import { parsePasswd } from "./parse-passwd.ts";
import { unlessUnreadable } from "./read-proc-file.ts";
import type { ProcFileReader } from "./read-proc-file.ts";

/** Names of local users, read again when the file changes; an id without a name stands for itself. */
export function createUserNames(passwdFile: string, files: ProcFileReader): (id: number) => string {
  let names = new Map<number, string>();
  let readAt = Number.NaN;

  return (id) => {
    const changed = unlessUnreadable(() => statSync(passwdFile).mtimeMs);
    if (changed !== undefined && changed !== readAt) {
      names = unlessUnreadable(() => parsePasswd(files.read(passwdFile))) ?? names;
      readAt = changed;
    }
    return names.get(id) ?? String(id);
  };
}
