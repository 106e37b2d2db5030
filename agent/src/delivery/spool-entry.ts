import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../errors.ts";
import type { SpoolName } from "./spool-name.ts";
import { formatName } from "./spool-name.ts";
import { type SpoolRecord, decodeRecord } from "./spool-record.ts";

/** What the spool knows of a file without reading it again. */
export interface Entry {
  name: SpoolName;
  bytes: number;
  /** False while a power cut could take the number back. */
  numberDurable: boolean;
  /** Files that this one was merged from and that could not be deleted yet: it must not be sent before they are. */
  leftovers: string[];
  /** Nothing where the file could not be read at the start; such a one is not merged. */
  content?: Content;
}

interface Content {
  id: string | undefined;
  /** Day and time zone: only reports of one are merged. Nothing where the window lies in no single day. */
  day: string | undefined;
  flows: number;
}

export function contentOf({ id, day, draft }: SpoolRecord): Content {
  return { id, day: day === undefined ? undefined : `${day} ${draft.timeZone}`, flows: draft.flows.length };
}

export function pathIn(directory: string, entry: Entry): string {
  return join(directory, formatName(entry.name));
}

/** Reads a spooled file; a damaged one gives its reason, one that somebody deleted nothing. */
type Read = { record: SpoolRecord } | { reason: string } | "missing";

/** @throws the system's error where the file cannot be read now: that says nothing about its content. */
export async function readRecord(path: string, agentVersion: string): Promise<Read> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return "missing";
    // Somebody made a directory of that name.
    if (codeOf(error) === "EISDIR") return { reason: "unreadable: a directory" };
    throw error;
  }
  return decodeRecord(bytes, agentVersion);
}
