import { statSync, truncateSync, writeFileSync } from "node:fs";

/** Writes until its disk is full, but for so many bytes. */
export function fillDisk(path: string, except = 0): void {
  for (let bytes = 65_536; bytes >= 1; bytes /= 2) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(bytes), { flag: "a" });
    } catch {
      // Not that much room: a smaller piece may fit.
    }
  }
  if (except === 0) return;
  truncateSync(path, Math.max(0, statSync(path).size - except));
}
