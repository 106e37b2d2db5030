import { append, type Cell, cellKey, compareCells, type Dimension, others } from "./boxes.ts";

export interface Merged {
  cells: Cell[];
  /** By dimension: the members behind each remaining index. */
  members: [Map<number, number[]>, Map<number, number[]>, Map<number, number[]>];
}

/**
 * Step 1: members of a dimension whose slices are equal become one. One pass over each dimension is stable, since merging
 * equal members elsewhere neither makes two slices equal nor different. The optimum stays the same. O(cells log cells).
 */
export function mergeSlices(cells: readonly Cell[]): Merged {
  let current: Cell[] = unique(cells);
  const members: Merged["members"] = [new Map(), new Map(), new Map()];
  for (const dimension of [0, 1, 2] as const) {
    for (const cell of current) members[dimension].set(cell[dimension], [cell[dimension]]);
    current = mergeDimension(current, dimension, members[dimension]);
  }
  return { cells: current, members };
}

function mergeDimension(cells: Cell[], dimension: Dimension, members: Map<number, number[]>): Cell[] {
  const [x, y] = others(dimension);
  const slices = new Map<number, string[]>();
  for (const cell of cells) append(slices, cell[dimension], `${cell[x]},${cell[y]}`);
  const representatives = new Map<string, number>();
  const absorbed = new Set<number>();
  for (const index of [...slices.keys()].sort((a, b) => a - b)) {
    const slice = (slices.get(index) ?? []).sort().join(";");
    const representative = representatives.get(slice);
    if (representative === undefined) representatives.set(slice, index);
    else {
      absorbed.add(index);
      members.get(representative)?.push(...(members.get(index) ?? []));
      members.delete(index);
    }
  }
  return absorbed.size === 0 ? cells : cells.filter((cell) => !absorbed.has(cell[dimension]));
}

function unique(cells: readonly Cell[]): Cell[] {
  return [...new Map(cells.map((cell) => [cellKey(cell), cell])).values()].sort(compareCells);
}
