import type { Rejection } from "@portolan/protocol";
import type { z } from "zod";
import { describeIssue } from "./describe-issue.ts";
import { countUnknownKeys } from "./unknown-keys.ts";

/** Collects what was wrong, so that a bad item costs only itself. */
export interface Findings {
  rejected: Rejection[];
  unknownKeys: number;
}

/** The value as its schema has it, or undefined with every reason noted under `path`. */
export function checkItem<T>(
  schema: z.ZodType<T>,
  input: unknown,
  path: readonly PropertyKey[],
  findings: Findings,
): T | undefined {
  const parsed = schema.safeParse(input);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) findings.rejected.push(describeIssue(issue, input, path));
    return undefined;
  }
  findings.unknownKeys += countUnknownKeys(input, parsed.data);
  return parsed.data;
}

/** One result per input, undefined where it was rejected: indices keep their meaning. */
export function checkItems<T>(
  schema: z.ZodType<T>,
  inputs: readonly unknown[],
  name: string,
  findings: Findings,
): (T | undefined)[] {
  return inputs.map((input, index) => checkItem(schema, input, [name, index], findings));
}
