/** No report is nested deeper; what is would exhaust the stack of whoever walks through it. */
export const MOST_LEVELS = 64;

/** Whether a value of JSON has at most so many levels of lists and objects, its own counted. */
export function isShallow(value: unknown, levels = MOST_LEVELS): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (levels === 0) return false;
  for (const member of Object.values(value) as unknown[]) {
    if (typeof member === "object" && !isShallow(member, levels - 1)) return false;
  }
  return true;
}
