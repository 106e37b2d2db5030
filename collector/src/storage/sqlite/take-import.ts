import { oneAtATime } from "../../one-at-a-time.ts";
import type { ImportContent, ImportedReport, ImportRecord } from "../imports.ts";
import type { ReportApplier } from "./apply-report.ts";
import type { ImportedAddressTable } from "./imported-addresses.ts";
import type { ImportedFlowTable } from "./imported-flows.ts";
import type { ImportTables } from "./imports.ts";
import type { ImportUndo } from "./undo-import.ts";
import type { UnfinishedImports } from "./unfinished-imports.ts";

/** Rows a commit: what waits for it waits some 10 ms. */
const ROWS_A_STEP = 500;

interface Parts {
  imports: ImportTables;
  importedAddresses: ImportedAddressTable;
  importedFlows: ImportedFlowTable;
  reports: ReportApplier;
  undo: ImportUndo;
  unfinished: UnfinishedImports;
  /** One commit. */
  write<T>(work: () => T): T;
}

/** Reports that came meanwhile are committed before the next step. */
function letOthersWrite(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Items in lists of a step's size, each item as large as `rowsOf` says. */
function* steps<T>(items: Iterable<T>, rowsOf: (item: T) => number): Generator<T[]> {
  let list: T[] = [];
  let rows = 0;
  for (const item of items) {
    list.push(item);
    rows += rowsOf(item);
    if (rows < ROWS_A_STEP) continue;
    yield list;
    list = [];
    rows = 0;
  }
  if (list.length > 0) yield list;
}

/**
 * Takes a file whole or not at all without holding up what else is written: its rows go in by small commits that nobody
 * sees, and the last commit shows them. One file at a time.
 */
export function importTaking({ imports, importedAddresses, importedFlows, reports, undo, unfinished, write }: Parts) {
  const oneFile = oneAtATime();
  async function takeRows(importKey: number, content: ImportContent): Promise<(() => void)[]> {
    const finishing: (() => void)[] = [];
    function takeReport(report: ImportedReport): void {
      const { hostKey, finish } = reports.fromFile(importKey, report);
      imports.noteHost(importKey, hostKey);
      if (finish) finishing.push(finish);
    }
    for (const list of steps(content.reports ?? [], ({ report }) => report.flows.length + 1)) {
      write(() => unfinished.within(importKey, () => list.forEach(takeReport)));
      await letOthersWrite();
    }
    for (const list of steps(content.flows ?? [], () => 1)) {
      write(() => unfinished.within(importKey, () => importedFlows.addAll(importKey, list)));
      await letOthersWrite();
    }
    return finishing;
  }

  async function take(record: ImportRecord, content: ImportContent, whenDone: () => void) {
    // One that failed and could not be undone then, as on a full disk.
    undoUnfinished();
    const known = imports.withContent(record.contentHash);
    if (known) return { record: known, duplicate: true };
    const importKey = write(() => {
      const key = imports.add(record);
      unfinished.begin(key);
      return key;
    });
    try {
      const finishing = await takeRows(importKey, content);
      write(() => {
        unfinished.within(importKey, () => {
          for (const finish of finishing) finish();
          for (const host of content.hosts ?? []) imports.addHost(importKey, host, record.at);
          for (const list of content.addressLists ?? [])
            importedAddresses.add(imports.nameHost(importKey, list.site, list.host), importKey, list);
        });
        unfinished.finish(importKey);
        whenDone();
      });
      return { record, duplicate: false };
    } catch (error) {
      tryToUndo(importKey);
      throw error;
    }
  }

  function undoUnfinished(): void {
    for (const importKey of unfinished.keys()) write(() => undo.byKey(importKey));
  }

  /** Where the store itself fails, the next start does it. */
  function tryToUndo(importKey: number): void {
    try {
      write(() => undo.byKey(importKey));
    } catch {
      // The first error is the one to tell.
    }
  }

  return {
    /** @param whenDone part of the last commit */
    save(record: ImportRecord, content: ImportContent, whenDone: () => void): ReturnType<typeof take> {
      return oneFile(() => take(record, content, whenDone));
    },
    /** What a stop cut short. */
    undoUnfinished,
  };
}
