import { existsSync } from "node:fs";
import { decodeText } from "../../decode-text.ts";
import { readFileWithin } from "../../read-file-within.ts";
import { filesBelow } from "./files-below.ts";
import { type Findings, withoutCutWord } from "./findings.ts";
import { parseAddresses } from "./parse-addresses.ts";

const DEEPEST = 8;
const MOST_FILES = 2000;
const MOST_BYTES = 1024 * 1024;
const MOST_FOUND = 2000;

/** Addresses in the configuration files below folders that somebody opted in: file, line number and address, never the line. */
export function searchConfiguration(folders: readonly string[], to: Findings): void {
  let left = MOST_FOUND;
  for (const folder of folders) {
    if (!existsSync(folder)) to.miss(`${folder}: there is no such folder`);
    else left = searchFolder(folder, left, to);
  }
}

/** @returns how many addresses may still be found */
function searchFolder(folder: string, most: number, to: Findings): number {
  const { files, isCut, unread } = filesBelow(folder, { deepest: DEEPEST, most: MOST_FILES });
  unread.forEach(to.miss);
  if (isCut) to.miss(`${folder}: more than ${MOST_FILES} files, or some below more than ${DEEPEST} folders`);
  let left = most;
  for (const path of files) {
    const file = readFileWithin(path, MOST_BYTES);
    if (file.state !== "read") to.miss(file.reason);
    if (file.state !== "read") continue;
    const text = decodeText(file.bytes);
    // A program or an archive is no configuration.
    if (text.includes("\0")) continue;
    if (file.isCut) to.miss(`${path}: longer than ${MOST_BYTES} bytes`);
    const found = parseAddresses(file.isCut ? withoutCutWord(text) : text, left + 1);
    for (const { line, address } of found.slice(0, left)) {
      to.add({ kind: "configuration-file", holder: `${path}:${line}`, target: address, source: path });
    }
    if (found.length > left) {
      to.miss(`${folder}: more than ${MOST_FOUND} addresses in configuration files`);
      return 0;
    }
    left -= found.length;
  }
  return left;
}
