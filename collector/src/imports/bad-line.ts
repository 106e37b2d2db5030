/** A place in a file that can't be taken, and why. Lines count from 1; of a record over several lines the last counts. */
export interface BadLine {
  line: number;
  column?: string;
  value: string;
  reason: string;
}

/** A file is taken whole or not at all; `bad` then lists every bad place, not only the first. */
export type Parsed<T> = { ok: true; value: T } | { ok: false; bad: BadLine[] };
