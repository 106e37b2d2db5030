import type { AcceptedReport, SaveResult } from "../accepted-report.ts";

/** What one commit takes at most: past this many reports a larger group is hardly faster, and their answers wait longer. */
const LARGEST_GROUP = 128;
/** Bounds the time of a commit where reports are large: about 50 ms of writing. A single report may have more. */
const MOST_ROWS = 8000;

interface Waiting {
  reports: readonly AcceptedReport[];
  answer(results: SaveResult[]): void;
  refuse(error: unknown): void;
}

function rowsOf(reports: readonly AcceptedReport[]): number {
  return reports.reduce((sum, { flows, listeners }) => sum + flows.length + (listeners?.length ?? 0), 0);
}

/**
 * Group commit: whatever waits when a commit is done goes into the next one, so a lone report never waits for company
 * and a storm shares its flushes to the disk. A call is answered after its commit, and never split.
 * @param save applies the reports in order and commits them together
 */
export function reportGroups(save: (reports: AcceptedReport[]) => Promise<SaveResult[]>) {
  const waiting: Waiting[] = [];
  let running: Promise<void> | undefined;

  function takeGroup(): Waiting[] {
    let reports = 0;
    let rows = 0;
    const end = waiting.findIndex((call, index) => {
      reports += call.reports.length;
      rows += rowsOf(call.reports);
      return index > 0 && (reports > LARGEST_GROUP || rows > MOST_ROWS);
    });
    return waiting.splice(0, end === -1 ? waiting.length : end);
  }

  async function commit(group: readonly Waiting[]): Promise<void> {
    try {
      const results = await save(group.flatMap((call) => call.reports));
      let from = 0;
      for (const call of group) call.answer(results.slice(from, (from += call.reports.length)));
    } catch (error) {
      for (const call of group) call.refuse(error);
    }
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      // The messages that have arrived meanwhile are the company.
      await new Promise((resolve) => setImmediate(resolve));
      await commit(takeGroup());
    }
    running = undefined;
  }

  return {
    add(call: Waiting): void {
      waiting.push(call);
      running ??= run();
    },
    /** Resolves when all that waits is committed and answered. */
    async drained(): Promise<void> {
      await running;
    },
  };
}
