import { appendFileSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";

interface RotatedFileOptions {
  file: string;
  /** No file grows beyond this, but for a single longer text. */
  limitBytes: number;
  /** Older files kept beside the current one, as `file.1` (the newest) to `file.N`. */
  keep: number;
}

/** Takes texts into a file that is put aside when it is full; what it takes together is bounded. */
export interface RotatedFile {
  /** Never throws: a log that can't be written must not end the agent. False where the text was lost. */
  write(text: string): boolean;
}

export function createRotatedFile({ file, limitBytes, keep }: RotatedFileOptions): RotatedFile {
  const rotate = (): void => {
    rmSync(`${file}.${keep}`, { force: true });
    for (let number = keep - 1; number > 0; number--) renameIfThere(`${file}.${number}`, `${file}.${number + 1}`);
    renameIfThere(file, `${file}.1`);
  };
  return {
    write(text) {
      try {
        mkdirSync(dirname(file), { recursive: true });
        const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
        if (size > 0 && size + Buffer.byteLength(text) > limitBytes) rotate();
        appendFileSync(file, text, { mode: 0o600 });
        return true;
      } catch {
        return false;
      }
    },
  };
}

function renameIfThere(from: string, to: string): void {
  if (statSync(from, { throwIfNoEntry: false }) !== undefined) renameSync(from, to);
}
