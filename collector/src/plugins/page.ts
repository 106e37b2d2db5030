import { setImmediate } from "node:timers/promises";
import { ApiError } from "../errors.ts";

export function invalidCursor(cursor: string | undefined): ApiError {
  const shown = JSON.stringify(cursor);
  return new ApiError("invalid_cursor", `the cursor ${shown} names no item: start again without it`);
}

/**
 * One page of a list that is in memory, in its own order. The cursor is the id of the last item shown, so that a page
 * neither repeats nor skips when items come and go before it.
 */
export function pageOf<Item extends { id: string }>(
  items: readonly Item[],
  query: { limit: number; cursor?: string | undefined },
): { items: Item[]; nextCursor: string | null } {
  let start = 0;
  if (query.cursor !== undefined) {
    const last = items.findIndex((item) => item.id === query.cursor);
    if (last < 0) throw invalidCursor(query.cursor);
    start = last + 1;
  }
  const page = items.slice(start, start + query.limit);
  const more = start + query.limit < items.length;
  return { items: page, nextCursor: more ? (page.at(-1)?.id ?? null) : null };
}

/**
 * The same of a list that is read group by group, where an item's id is GROUP:ITEM: a page reads the groups that it
 * shows, so that turning all pages reads each group about once. With a filter that few items pass it reads further.
 * @param groups in their order, by names without a colon
 */
export async function pageOfGroups<Item extends { id: string }>(
  groups: readonly string[],
  read: (group: string) => Promise<Item[]>,
  query: { limit: number; cursor?: string | undefined },
): Promise<{ items: Item[]; nextCursor: string | null }> {
  const start = query.cursor === undefined ? 0 : groups.indexOf(query.cursor.split(":", 1)[0] ?? "");
  if (start < 0) throw invalidCursor(query.cursor);
  const items: Item[] = [];
  let needed = query.limit + 1;
  for (const [index, group] of groups.slice(start).entries()) {
    if (items.length >= needed) break;
    // Reading holds up everybody else: between two groups others have their turn.
    await setImmediate();
    items.push(...(await read(group)));
    // Some of the cursor's own group, or all of it, was on the page before.
    if (index === 0 && query.cursor !== undefined) needed += items.length;
  }
  return pageOf(items, query);
}
