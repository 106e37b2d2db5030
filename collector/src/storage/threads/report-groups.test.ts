import { expect, test } from "vitest";
import type { AcceptedFlow, AcceptedReport, SaveResult } from "../accepted-report.ts";
import { reportGroups } from "./report-groups.ts";

/** Synthetic, and no more of it than a group looks at. */
function report(number: number, flows = 1): AcceptedReport {
  return { number, flows: Array.from({ length: flows }, () => ({}) as AcceptedFlow) } as AcceptedReport;
}

function harness(save?: (reports: AcceptedReport[]) => Promise<SaveResult[]>) {
  const commits: number[][] = [];
  const groups = reportGroups(async (reports) => {
    commits.push(reports.map(({ number }) => number));
    const result = { applied: true, duplicate: false, conflict: false };
    return (await save?.(reports)) ?? reports.map(({ number }) => ({ ...result, missing: [], number }));
  });
  const add = (...reports: AcceptedReport[]) =>
    new Promise<SaveResult[]>((resolve, reject) => {
      groups.add({ reports, answer: resolve, refuse: reject });
    });
  return { commits, add, groups };
}

test("a lone report is committed alone", async () => {
  const { commits, add } = harness();
  expect(await add(report(1))).toMatchObject([{ number: 1 }]);
  expect(await add(report(2))).toMatchObject([{ number: 2 }]);
  expect(commits).toEqual([[1], [2]]);
});

test("what waits is committed together, in order, and each call gets its own results", async () => {
  const { commits, add } = harness();
  const answers = await Promise.all([add(report(1)), add(report(2), report(3)), add(), add(report(4))]);
  expect(answers).toMatchObject([[{ number: 1 }], [{ number: 2 }, { number: 3 }], [], [{ number: 4 }]]);
  expect(commits).toEqual([[1, 2, 3, 4]]);
});

test("what comes during a commit goes into the next", async () => {
  let late: Promise<SaveResult[]> | undefined;
  const { commits, add } = harness(async () => {
    late ??= add(report(2));
    return [{ applied: true, duplicate: false, conflict: false, missing: [] }];
  });
  await add(report(1));
  await late;
  expect(commits).toEqual([[1], [2]]);
});

test("a group is bounded in reports and in rows, and a call is never split", async () => {
  const { commits, add } = harness();
  await Promise.all(Array.from({ length: 300 }, (_, index) => add(report(index))));
  expect(commits.map((numbers) => numbers.length)).toEqual([128, 128, 44]);
  commits.length = 0;
  await Promise.all([add(report(1, 5000)), add(report(2, 3001)), add(report(3, 90_000)), add(report(4))]);
  expect(commits).toEqual([[1], [2], [3], [4]]);
});

test("a store that fails refuses its group and no other", async () => {
  let fails = true;
  const { add, groups } = harness(async (reports) => {
    if (fails) throw new Error("synthetic");
    return reports.map(() => ({ applied: true, duplicate: false, conflict: false, missing: [] }));
  });
  const failed = await Promise.allSettled([add(report(1)), add(report(2))]);
  expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  fails = false;
  const next = add(report(3));
  await groups.drained();
  expect(await next).toMatchObject([{ applied: true }]);
});
