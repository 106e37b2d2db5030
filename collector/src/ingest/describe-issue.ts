import type { Rejection } from "@portolan/protocol";
import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/** Enough to recognise a value by, short enough for a log line. */
const SHOWN_LENGTH = 60;

/** `flows[3].serverPort` from its parts. */
function pathText(parts: readonly PropertyKey[]): string {
  return parts
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "");
}

/** A value as short JSON; what is absent is called missing. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(typeof value === "string" ? value.slice(0, SHOWN_LENGTH + 1) : value) ?? String(value);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}

/** What was expected and what came, for one issue that zod found in `input`. `prefix` is where the input stands. */
export function describeIssue(issue: Issue, input: unknown, prefix: readonly PropertyKey[]): Rejection {
  const came = issue.path.reduce(member, input);
  return { path: pathText([...prefix, ...issue.path]), reason: `${expectation(issue)}, got ${shown(came)}` };
}

function member(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return `expected ${WORDS[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `expected ${issue.values.map((value) => String(value)).join(" or ")}`;
    case "too_big":
      return `expected at most ${issue.maximum}${unit(issue.origin)}`;
    case "too_small":
      return `expected at least ${issue.minimum}${unit(issue.origin)}`;
    case "invalid_format":
      return `expected ${WORDS[issue.format] ?? `text that matches ${issue.pattern ?? issue.format}`}`;
    case "invalid_union":
      // A union without a sentence of its own is the flow's, which its direction tells apart.
      return issue.discriminator === "direction" ? "expected inbound, outbound or unknown" : issue.message;
    default:
      return issue.message;
  }
}

const WORDS: Record<string, string> = {
  int: "a whole number",
  number: "a number",
  string: "text",
  boolean: "true or false",
  object: "an object",
  array: "a list",
  record: "an object",
  datetime: "an RFC 3339 time such as 2026-11-20T09:00:00Z",
};

function unit(origin: string): string {
  if (origin === "string") return " characters";
  return origin === "array" ? " items" : "";
}
