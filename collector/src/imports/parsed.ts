import type { BadLine, Parsed } from "./bad-line.ts";

/** Whole or not at all; bad lines come in the file's order. */
export function parsed<T>(value: T, bad: readonly BadLine[]): Parsed<T> {
  if (bad.length === 0) return { ok: true, value };
  return { ok: false, bad: bad.toSorted((a, b) => a.line - b.line) };
}
