import { sortedText } from "@portolan/graph";

const MOST_NAMES = 5;

/** The first names of a list and how many more there are. */
export function named(names: Iterable<string>): string {
  return shortened(sortedText(names), MOST_NAMES);
}

/** The first items in the order that is given, and how many more there are. */
export function shortened(items: readonly string[], most: number): string {
  const more = items.length - most;
  return `${items.slice(0, most).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

export function counted(amount: number, word: string, words = `${word}s`): string {
  return `${amount} ${amount === 1 ? word : words}`;
}
