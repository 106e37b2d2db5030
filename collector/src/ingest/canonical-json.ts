/** No report is nested deeper; what is would exhaust the stack. */
const MAX_DEPTH = 64;

/** Thrown by canonicalJson. */
export class TooDeepError extends Error {
  override name = "TooDeepError";
}

/**
 * One text for equal JSON values, whatever the order of their keys (sorted by UTF-16 code units, as in RFC 8785).
 * @throws TooDeepError beyond 64 levels
 */
export function canonicalJson(value: unknown, depth = 0): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (depth >= MAX_DEPTH) throw new TooDeepError(`expected at most ${MAX_DEPTH} levels of nesting`);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, depth + 1)).join(",")}]`;
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item, depth + 1)}`);
  return `{${members.join(",")}}`;
}
