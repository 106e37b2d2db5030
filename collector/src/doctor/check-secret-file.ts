import { statSync } from "node:fs";
import type { Finding } from "./finding.ts";

/** Nothing where there is no such file. On Windows the folder's access list decides, which modes do not show. */
export function checkSecretFile(path: string, subject: string): Finding[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return [];
  const mode = found.mode & 0o777;
  if (process.platform === "win32" || (mode & 0o077) === 0) return [{ ok: true, subject, detail: "its owner's only" }];
  return [{ ok: false, subject, detail: `${path} has mode 0${mode.toString(8)}, expected 0600: chmod 600` }];
}
