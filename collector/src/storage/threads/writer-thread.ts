import { parentPort, workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { openDatabase } from "../sqlite/database.ts";
import { sqliteStorage } from "../sqlite/sqlite-storage.ts";
import type { AcceptedReport, SaveResult } from "../accepted-report.ts";
import type { Actor } from "../access.ts";
import type { ImportRecord } from "../imports.ts";
import type { Storage } from "../storage.ts";
import { answerTo } from "./calls.ts";
import type { Call } from "./calls.ts";
import { toErrorMessage } from "./error-message.ts";
import type { ErrorMessage } from "./error-message.ts";
import { unpackImport } from "./packed-import.ts";
import type { PackedImport } from "./packed-import.ts";
import { unpackReports } from "./packed-reports.ts";
import type { PackedReports } from "./packed-reports.ts";
import { reportGroups } from "./report-groups.ts";

/** Lets another thread write too, by calls over this port. */
export interface ConnectMessage {
  connect: MessagePort;
}

export interface WriterData {
  path: string;
}

/** The first message: the store stands, its schema is up to date; or it can't be opened, and the thread ends. */
export type WriterOpened = { opened: true } | { opened: false; error: ErrorMessage };

/** As SaveResult, with the error as data. */
export type SaveResultMessage = Omit<SaveResult, "error"> & { error?: ErrorMessage };

function toMessage({ error, ...result }: SaveResult): SaveResultMessage {
  return { ...result, ...(error && { error: toErrorMessage(error) }) };
}

/** The one thread that owns the writing connection. Reports go in groups, everything else is a commit of its own. */
function writerOf(storage: Storage, setNow: (now: number) => void) {
  const groups = reportGroups((reports) => storage.saveReports(reports));

  function saveReports(reports: readonly AcceptedReport[]): Promise<SaveResultMessage[]> {
    return new Promise((resolve, reject) => {
      groups.add({ reports, answer: (results) => resolve(results.map(toMessage)), refuse: reject });
    });
  }
  async function run({ method, args, at }: Call): Promise<unknown> {
    if (method === "saveReports") return saveReports(unpackReports(args[0] as PackedReports));
    if (method === "close") await groups.drained();
    setNow(at);
    if (method === "saveImport") {
      const [record, content, actor] = args as [ImportRecord, PackedImport, Actor];
      return storage.saveImport(record, unpackImport(content), actor);
    }
    const operation = storage[method as keyof Storage] as (...args: unknown[]) => Promise<unknown>;
    return operation(...args);
  }
  function serve(port: MessagePort): void {
    port.on("message", async (message: Call | ConnectMessage) => {
      if ("connect" in message) return serve(message.connect);
      port.postMessage(await answerTo(message, () => run(message)));
      if (message.method === "close") port.close();
    });
  }
  return { serve };
}

function open(port: MessagePort, path: string): void {
  let now = 0;
  let message: WriterOpened = { opened: true };
  try {
    const storage = sqliteStorage(openDatabase(path), path, () => now);
    writerOf(storage, (at) => (now = at)).serve(port);
  } catch (error) {
    message = { opened: false, error: toErrorMessage(error) };
  }
  port.postMessage(message);
}

if (!parentPort) throw new Error("writer-thread.ts is started by threaded-storage.ts");
const { path } = workerData as WriterData;
open(parentPort, path);
