import { describe, expect, test } from "vitest";
import { build, day, seen, toDb } from "./testing/two-hosts.ts";
import type { FlowEvidence } from "./types.ts";

const byMonth = (
  from: "web" | "db",
  days: string[],
  connections: number,
  more: Partial<FlowEvidence> & { lowerBound?: boolean } = {},
): FlowEvidence => {
  const { lowerBound, ...flow } = more;
  return {
    ...seen(from, toDb),
    connectionsByDay: [],
    connectionsByMonth: [{ days, connections, ...(lowerBound !== undefined && { lowerBound }) }],
    ...flow,
  };
};

const isLowerBound = (...flows: FlowEvidence[]) => build(flows)[0]?.lowerBound;

describe("days that are counted by month", () => {
  const [first, second] = ["2026-08-01", "2026-08-02"];

  test("are days of the dependency, whose counts are those of all", () => {
    const [dependency] = build([byMonth("web", [second], 5, { connectionsByDay: day(2) }), byMonth("web", [first], 1)]);
    expect(dependency).toMatchObject({ connections: 8, days: [first, second, "2026-11-01"], lowerBound: true });
  });

  test("of ends that watched the same days the larger, of ends that watched one after the other the sum", () => {
    expect(build([byMonth("web", [first, second], 5), byMonth("db", [second], 7)])).toMatchObject([
      { connections: 7, days: [first, second], ends: "both" },
    ]);
    expect(build([byMonth("web", [first], 5), byMonth("db", [second], 7)])).toMatchObject([{ connections: 12 }]);
  });

  test("are exact where one end missed nothing on all of them, and the period holds them all", () => {
    const exact = { countsAreExact: true };
    expect(isLowerBound(byMonth("web", [first, second], 5, exact), byMonth("db", [second], 4))).toBe(false);
    expect(isLowerBound(byMonth("web", [first], 5, exact), byMonth("db", [second], 4))).toBe(true);
    expect(isLowerBound(byMonth("web", [first], 0, { ...exact, lowerBound: true }))).toBe(true);
  });
});
