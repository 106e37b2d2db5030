import { Listener, Process, ReceivedFlow, Source } from "@portolan/protocol";
import type { Rejection } from "@portolan/protocol";
import type { z } from "zod";
import { compileCheck } from "./compile-check.ts";
import { describeIssue } from "./describe-issue.ts";
import { countUnknownKeys } from "./unknown-keys.ts";

/** Collects what was wrong, so that a bad item costs only itself. */
export interface Findings {
  rejected: Rejection[];
  unknownKeys: number;
}

/** A schema, and a quick look that says of most items that zod would return them as they are. */
interface Check<T> {
  schema: z.ZodType<T>;
  isPlain(value: unknown): value is T;
}

export const CHECKS = {
  flow: { schema: ReceivedFlow, isPlain: compileCheck(ReceivedFlow) },
  listener: { schema: Listener, isPlain: compileCheck(Listener) },
  process: { schema: Process, isPlain: compileCheck(Process) },
  source: { schema: Source, isPlain: compileCheck(Source) },
};

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
  { schema, isPlain }: Check<T>,
  inputs: readonly unknown[],
  name: string,
  findings: Findings,
): (T | undefined)[] {
  return inputs.map((input, index) => (isPlain(input) ? input : checkItem(schema, input, [name, index], findings)));
}
