import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../errors.ts";
import { compareText } from "../../flows/identity.ts";

interface Bounds {
  /** Folders below the given one. */
  deepest: number;
  most: number;
  /** Links to files count as files; links to folders never are followed. */
  followsLinks?: boolean;
}

/** The files below a folder, by name; `isCut` where there are more, or deeper ones. A folder that can't be read has none and is named. */
export function filesBelow(folder: string, bounds: Bounds): { files: string[]; isCut: boolean; unread: string[] } {
  const files: string[] = [];
  const unread: string[] = [];
  let isCut = false;

  function walk(path: string, depth: number): void {
    for (const entry of entriesIn(path, unread)) {
      if (files.length >= bounds.most) {
        isCut = true;
        return;
      }
      const name = join(path, entry.name);
      if (entry.isFile() || (bounds.followsLinks === true && entry.isSymbolicLink())) files.push(name);
      else if (entry.isDirectory()) {
        if (depth < bounds.deepest) walk(name, depth + 1);
        else isCut = true;
      }
    }
  }

  walk(folder, 0);
  return { files, isCut, unread };
}

function entriesIn(path: string, unread: string[]): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true }).sort((a, b) => compareText(a.name, b.name));
  } catch (error) {
    const code = codeOf(error) ?? "unknown error";
    if (code !== "ENOENT" && code !== "ENOTDIR") unread.push(`${path}: ${code}`);
    return [];
  }
}
