/** Code-unit order of two strings: the same on every machine and in every locale. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The set's members in code-unit order. */
export function sortedText(values: Iterable<string>): string[] {
  return [...values].sort(byText);
}
