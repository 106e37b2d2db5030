import { append, type Cell, cellKey, compareCells, type Dimension, others } from "./boxes.ts";

export interface Merged {
  cells: Cell[];
  /** By dimension: the members behind each remaining index. */
  members: [Map<number, number[]>, Map<number, number[]>, Map<number, number[]>];
}

/**
 * Step 1: members of a dimension whose slices are equal become one; repeated, since each merge can make others
 * equal. The optimum stays the same. O(passes × cells log cells), seldom more than five passes.
 */
export function mergeSlices(cells: readonly Cell[]): Merged {
  let current: Cell[] = unique(cells);
  const members: Merged["members"] = [new Map(), new Map(), new Map()];
  for (const dimension of [0, 1, 2] as const) {
    for (const cell of current) members[dimension].set(cell[dimension], [cell[dimension]]);
  }
  for (let stable = 0, dimension: Dimension = 0; stable < 3; dimension = next(dimension)) {
    const merged = mergeDimension(current, dimension, members[dimension]);
    stable = merged.length === current.length ? stable + 1 : 0;
    current = merged;
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

function next(dimension: Dimension): Dimension {
  return dimension === 0 ? 1 : dimension === 1 ? 2 : 0;
}
