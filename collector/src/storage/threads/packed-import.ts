import type { ImportContent } from "../imports.ts";

/**
 * A file's content on its way to the writing thread, as JSON of a few items each: the thread reads one text at a time,
 * where a copy of all objects at once would hold up what else it does.
 */
export type PackedImport = Record<keyof ImportContent, string[]>;

const ROWS_A_TEXT = 500;
/** Each has flows of its own. */
const REPORTS_A_TEXT = 5;

/** Each has items of its own. */
const LISTS_A_TEXT = 20;

function pack(items: Iterable<unknown> | undefined, size: number): string[] {
  const all = [...(items ?? [])];
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    JSON.stringify(all.slice(index * size, (index + 1) * size)),
  );
}

export function packImport({ hosts, flows, reports, addressLists }: ImportContent): PackedImport {
  return {
    hosts: pack(hosts, ROWS_A_TEXT),
    flows: pack(flows, ROWS_A_TEXT),
    reports: pack(reports, REPORTS_A_TEXT),
    addressLists: pack(addressLists, LISTS_A_TEXT),
  };
}

function* unpack<T>(texts: readonly string[]): Generator<T> {
  for (const text of texts) yield* JSON.parse(text) as T[];
}

/** To be gone through once. */
export function unpackImport({ hosts, flows, reports, addressLists }: PackedImport): ImportContent {
  return {
    hosts: unpack(hosts),
    flows: unpack(flows),
    reports: unpack(reports),
    addressLists: unpack(addressLists),
  };
}
