/** Where a field stands within a record; bytes. */
interface TraceField {
  offset: number;
  size: number;
}

/** Layout of one kind of event, as the running kernel describes it. */
export interface TraceFormat {
  /** The kernel's number of the event: the first two bytes of each of its records. */
  id: number;
  fields: ReadonlyMap<string, TraceField>;
}

const FIELD = /^\s*field:\s*(?<declaration>[^;]+);\s*offset:(?<offset>\d+);\s*size:(?<size>\d+);/;

/**
 * Reads `events/…/format` or `events/header_page` of tracefs (Documentation/trace/events.rst of Linux). Undefined where
 * the text is neither.
 */
export function parseTraceFormat(text: string): TraceFormat | undefined {
  const fields = new Map<string, TraceField>();
  for (const line of text.split("\n")) {
    const { declaration, offset, size } = FIELD.exec(line)?.groups ?? {};
    const name = /(?<name>\w+)(?:\[\d*\])?$/.exec(declaration ?? "")?.groups?.["name"];
    if (name !== undefined) fields.set(name, { offset: Number(offset), size: Number(size) });
  }
  if (fields.size === 0) return undefined;
  return { id: Number(/^ID:\s*(?<id>\d+)/m.exec(text)?.groups?.["id"] ?? 0), fields };
}
