import { compareText } from "../flows/identity.ts";

/** What differs, each once, in one order for the same content: the same host reads the same. */
export function eachOnce<Item>(items: readonly Item[]): Item[] {
  const byText = new Map(items.map((item) => [JSON.stringify(item), item]));
  return [...byText].toSorted(([a], [b]) => compareText(a, b)).map(([, item]) => item);
}
