import { expect, it } from "vitest";
import { ApiError } from "../errors.ts";
import { pageOf, pageOfGroups } from "./page.ts";

const GROUPS = ["a", "b", "empty", "c"];
const ITEMS = ["a:1", "a:2", "a:3", "b:1", "c:1", "c:2"];
const itemsOf = (group: string) => ITEMS.filter((id) => id.startsWith(`${group}:`)).map((id) => ({ id }));

async function pages(limit: number) {
  const shown: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await pageOfGroups(GROUPS, async (group) => itemsOf(group), { limit, cursor });
    shown.push(page.items.map(({ id }) => id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return shown;
}

it("pages of groups are those of the whole list, whatever their size", async () => {
  for (const limit of [1, 2, 3, 4, 5, 6, 7]) {
    const shown = await pages(limit);
    expect(shown.flat()).toEqual(ITEMS);
    expect(shown.map(({ length }) => length).slice(0, -1)).toEqual(shown.slice(1).map(() => limit));
  }
  expect((await pageOfGroups([], async () => [], { limit: 3 })).nextCursor).toBeNull();
});

it("a page reads its own groups and looks whether there is a next item, no further", async () => {
  const read: string[] = [];
  const readGroup = async (group: string) => {
    read.push(group);
    return itemsOf(group);
  };
  await pageOfGroups(GROUPS, readGroup, { limit: 2 });
  expect(read.splice(0)).toEqual(["a"]);
  await pageOfGroups(GROUPS, readGroup, { limit: 2, cursor: "b:1" });
  expect(read).toEqual(["b", "empty", "c"]);
});

it("a cursor that names nothing is an error, with groups and without", async () => {
  for (const cursor of ["a:9", "z:1", "empty:1", ""]) {
    await expect(pageOfGroups(GROUPS, async (group) => itemsOf(group), { limit: 2, cursor })).rejects.toThrow(ApiError);
    expect(() => pageOf(itemsOf("a"), { limit: 2, cursor })).toThrow(ApiError);
  }
});
