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
