import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Box, type Cell, cellsOf } from "./boxes.ts";
import { consolidate } from "./consolidate.ts";

const covered = (boxes: Box[]) => new Set(boxes.flatMap((box) => [...cellsOf(box)].map((cell) => cell.join())));

describe("consolidate", () => {
  test("property: boxes cover the cells exactly, in any order of input, and none is superfluous", () => {
    const cell = fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 5 }), fc.nat({ max: 3 }));
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 70 }), (cells: Cell[]) => {
        const boxes = consolidate(cells);
        expect(covered(boxes)).toEqual(new Set(cells.map((entry) => entry.join())));
        expect(consolidate(cells.toReversed())).toEqual(boxes);
        for (const box of boxes) expect(covered(boxes.filter((other) => other !== box))).not.toEqual(covered(boxes));
      }),
      { numRuns: 300 },
    );
  });

  test("makes one box of a full product, and one each of two that share nothing", () => {
    const one: Box = [
      [0, 1, 2],
      [0, 4],
      [1, 2],
    ];
    const two: Box = [[5, 6], [7], [1]];
    expect(consolidate([...cellsOf(one)])).toEqual([one]);
    expect(consolidate([...cellsOf(one), ...cellsOf(two)])).toEqual([two, one]);
    expect(consolidate([])).toEqual([]);
  });

  test("lets boxes overlap where that needs fewer", () => {
    const cells: Cell[] = [...cellsOf([[0, 1, 2], [0], [0]]), ...cellsOf([[1], [0, 1, 2], [0]])];
    expect(consolidate(cells)).toHaveLength(2);
  });

  test("drops a box that later ones made superfluous", () => {
    const cells: Cell[] = [
      [0, 0, 0],
      [0, 1, 0],
      [0, 1, 1],
      [0, 2, 1],
      [1, 0, 0],
      [1, 1, 1],
      [1, 2, 0],
      [1, 2, 1],
    ];
    const boxes = consolidate(cells);
    for (const box of boxes) expect(covered(boxes.filter((other) => other !== box)).size).toBeLessThan(cells.length);
  });

  test("takes under a second for 13,000 synthetic cells, with overlapping sets that do not merge away", () => {
    let state = 7;
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const cells: Cell[] = [];
    while (cells.length < 13_000) {
      const [sources, service] = [1 + random(8), random(40)];
      const [from, to] = [random(500), random(120)];
      for (let offset = 0; offset < sources; offset++) cells.push([(from + offset) % 500, to, service]);
    }
    const start = performance.now();
    const boxes = consolidate(cells);
    expect(performance.now() - start).toBeLessThan(1000);
    expect(covered(boxes).size).toBe(new Set(cells.map((cell) => cell.join())).size);
  });
});
