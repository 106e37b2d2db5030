import type { AddressDependency } from "@portolan/protocol";
import { compareText } from "../../flows/identity.ts";
import { namesIn } from "../../names-in.ts";
import { readFileWithin } from "../../read-file-within.ts";

const MOST_BYTES = 1024 * 1024;
/** The protocol's limits. */
const MOST_ITEMS = 10_000;
const LONGEST = 1024;
/** A name of DNS. */
const LONGEST_WORD = 255;

/** What of a host's settings names an address, and what could not be read of them. */
export interface AddressFindings {
  items: AddressDependency[];
  unread: string[];
}

/** Collects what is found in a host's settings. */
export interface Findings {
  /** Takes a finding over; one without holder or target is none. */
  add(item: AddressDependency): void;
  /** Something that is there could not be read, or not whole. */
  miss(reason: string): void;
  /** The text of a file, "" where there is none; what is there and can't be read is missed. */
  textOf(path: string): string;
  /** Each once, sorted, within the protocol's limits. */
  take(): AddressFindings;
}

export function createFindings(): Findings {
  const items = new Map<string, AddressDependency>();
  const unread = new Set<string>();
  return {
    add({ holder, target, source, ...rest }) {
      if (holder === "" || target === "") return;
      const item = { ...rest, holder: cut(holder), target: cut(target), source: cut(source) };
      items.set(JSON.stringify([item.kind, item.holder, item.target, item.source]), item);
    },
    miss: (reason) => void unread.add(reason),
    textOf(path) {
      const file = readFileWithin(path, MOST_BYTES);
      if (file.state !== "read") {
        if (file.state !== "missing") unread.add(file.reason);
        return "";
      }
      const text = file.bytes.toString("utf8");
      if (!file.isCut) return text;
      unread.add(`${path}: longer than ${MOST_BYTES} bytes`);
      return withoutCutWord(text);
    },
    take() {
      const all = [...items].toSorted(([a], [b]) => compareText(a, b)).map(([, item]) => item);
      if (all.length > MOST_ITEMS) unread.add(`${all.length - MOST_ITEMS} findings beyond the first ${MOST_ITEMS}`);
      return { items: all.slice(0, MOST_ITEMS), unread: [...unread].toSorted(compareText) };
    },
  };
}

function cut(text: string): string {
  return text.slice(0, LONGEST).toWellFormed();
}

/** What was read of a longer text, without its last word, if that is short enough to be one: half an address or name would be another. */
export function withoutCutWord(text: string): string {
  const cutWord = /[\p{L}\p{N}\uFFFD._:-]{1,256}$/u.exec(text.slice(-LONGEST_WORD - 1))?.[0] ?? "";
  return cutWord.length > LONGEST_WORD ? text : text.slice(0, text.length - cutWord.length);
}

/** Paths of what is in a folder and ends so; none where there is no such folder. */
export function pathsIn(folder: string, end = ""): string[] {
  return namesIn(folder)
    .filter((name) => name.endsWith(end))
    .map((name) => `${folder}/${name}`);
}
