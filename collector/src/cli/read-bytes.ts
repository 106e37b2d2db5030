import { readFileSync } from "node:fs";
import { CommandError } from "../errors.ts";

/** @param namedBy what names the file, for the error where it isn't the user's own word */
export function readBytes(file: string, namedBy?: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const before = namedBy === undefined ? "" : `${namedBy}: `;
    throw new CommandError(`${before}${file}: can't be read: ${(error as Error).message}`);
  }
}
