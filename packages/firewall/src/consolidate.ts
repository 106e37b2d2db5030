import {
  append,
  type Box,
  type Cell,
  cellKey,
  cellsOf,
  compareCells,
  type Dimension,
  others,
  sizeOf,
} from "./boxes.ts";
import { mergeSlices } from "./merge-slices.ts";

/** The orders in which a cell may be expanded. */
const ORDERS: readonly (readonly [Dimension, Dimension, Dimension])[] = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

/**
 * Few boxes that cover exactly the given cells: none missing, none more. Steps 1 to 4 of the planning notes' "Rules": merge
 * identical slices; take boxes that are certain (all a cell could grow to is there); grow what is left from the
 * narrowest cell, keeping the best of six orders; drop in reverse what others cover.
 *
 * Deterministic. About O(cells × (lines + box size)). Duplicate cells count once.
 */
export function consolidate(cells: readonly Cell[]): Box[] {
  const { cells: merged, members } = mergeSlices(cells);
  return dropCovered(coverCells(merged), cellIndexOf(merged)).map(([sources, destinations, services]): Box => [
    expandMembers(sources, members[0]),
    expandMembers(destinations, members[1]),
    expandMembers(services, members[2]),
  ]);
}

/** Cells by their lines: all that share two members, by the third. */
interface CellIndex {
  cells: readonly Cell[];
  has(source: number, destination: number, service: number): boolean;
  /** Members of `dimension` present beside the cell's two others. */
  line(cell: Cell, dimension: Dimension): number[];
}

function cellIndexOf(cells: readonly Cell[]): CellIndex {
  const keys = new Set(cells.map(cellKey));
  const lines: [Map<string, number[]>, Map<string, number[]>, Map<string, number[]>] = [
    new Map(),
    new Map(),
    new Map(),
  ];
  for (const cell of cells) {
    for (const dimension of [0, 1, 2] as const) append(lines[dimension], lineKey(cell, dimension), cell[dimension]);
  }
  for (const byKey of lines) for (const line of byKey.values()) line.sort((a, b) => a - b);
  return {
    cells,
    has: (source, destination, service) => keys.has(`${source},${destination},${service}`),
    line: (cell, dimension) => lines[dimension].get(lineKey(cell, dimension)) ?? [],
  };
}

/** Steps 2 and 3. */
function coverCells(cells: readonly Cell[]): Box[] {
  const index = cellIndexOf(cells);
  const covered = new Set<string>();
  const boxes: Box[] = [];
  const take = (box: Box): void => {
    boxes.push(box);
    for (const cell of cellsOf(box)) covered.add(cellKey(cell));
  };
  const ranked = cells
    .map((cell, order) => {
      const box: Box = [index.line(cell, 0), index.line(cell, 1), index.line(cell, 2)];
      return { cell, box, reach: sizeOf(box), order };
    })
    .sort((a, b) => a.reach - b.reach || compareCells(a.cell, b.cell));
  // A full line-product box has at most as many cells as there are; anything larger cannot be full.
  for (const { cell, box, reach } of ranked) {
    if (reach <= cells.length && !covered.has(cellKey(cell)) && isFull(box, index)) take(box);
  }
  for (const { cell } of ranked) {
    if (!covered.has(cellKey(cell))) take(bestExpansion(cell, index, covered));
  }
  return boxes;
}

function bestExpansion(cell: Cell, index: CellIndex, covered: ReadonlySet<string>): Box {
  let best: { box: Box; gain: number } | undefined;
  for (const order of ORDERS) {
    const box = expand(cell, order, index);
    let gain = 0;
    for (const inside of cellsOf(box)) if (!covered.has(cellKey(inside))) gain++;
    if (!best || gain > best.gain) best = { box, gain };
  }
  return best?.box ?? [[cell[0]], [cell[1]], [cell[2]]];
}

/** Grows a cell to a box that cannot grow further, one dimension after the other; all cells of the box exist. */
function expand(cell: Cell, order: readonly [Dimension, Dimension, Dimension], index: CellIndex): Box {
  const box: [number[], number[], number[]] = [[cell[0]], [cell[1]], [cell[2]]];
  for (const dimension of order) {
    box[dimension] = index.line(cell, dimension).filter((candidate) => {
      const slab: [number[], number[], number[]] = [...box];
      slab[dimension] = [candidate];
      return isFull(slab, index);
    });
  }
  return box;
}

/** Step 4: latest and smallest first, a box whose cells all lie in others too is not needed. */
function dropCovered(boxes: readonly Box[], { cells }: CellIndex): Box[] {
  const times = new Map<string, number>(cells.map((cell) => [cellKey(cell), 0]));
  for (const box of boxes) {
    for (const cell of cellsOf(box)) times.set(cellKey(cell), (times.get(cellKey(cell)) ?? 0) + 1);
  }
  const dropped = new Set<number>();
  const smallestFirst = [...boxes.keys()].sort((a, b) => sizeAt(boxes, a) - sizeAt(boxes, b) || b - a);
  for (const position of smallestFirst) {
    const keys = [...cellsOf(boxes[position] ?? [[], [], []])].map(cellKey);
    if (!keys.every((key) => (times.get(key) ?? 0) > 1)) continue;
    dropped.add(position);
    for (const key of keys) times.set(key, (times.get(key) ?? 0) - 1);
  }
  return boxes.filter((_, position) => !dropped.has(position));
}

function isFull(box: Box, index: CellIndex): boolean {
  for (const [source, destination, service] of cellsOf(box)) {
    if (!index.has(source, destination, service)) return false;
  }
  return true;
}

function expandMembers(indexes: readonly number[], members: ReadonlyMap<number, number[]>): number[] {
  return indexes.flatMap((index) => members.get(index) ?? []).sort((a, b) => a - b);
}

function sizeAt(boxes: readonly Box[], position: number): number {
  const box = boxes[position];
  return box ? sizeOf(box) : 0;
}

function lineKey(cell: Cell, dimension: Dimension): string {
  const [x, y] = others(dimension);
  return `${cell[x]},${cell[y]}`;
}
