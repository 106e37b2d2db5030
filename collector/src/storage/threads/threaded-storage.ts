import { once } from "node:events";
import { MessageChannel } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { startThread } from "../../start-thread.ts";
import { StorageUnavailableError } from "../errors.ts";
import { openDatabaseToRead } from "../sqlite/database.ts";
import { sqliteStorage } from "../sqlite/sqlite-storage.ts";
import { unavailable } from "../sqlite/unavailable.ts";
import type { Storage } from "../storage.ts";
import { callsOver } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { fromErrorMessage } from "./error-message.ts";
import { packImport } from "./packed-import.ts";
import { packReports } from "./packed-reports.ts";
import type { ConnectMessage, SaveResultMessage, WriterData, WriterOpened } from "./writer-thread.ts";

export interface ThreadedStorage extends Storage {
  /** Resolves with the reason when the writing thread ends by itself; never while it works, nor after close. */
  readonly failed: Promise<Error>;
  /** For storageBeside in another thread; to be closed before this one. */
  connect(): MessagePort;
}

/** What the caller's thread reads on a connection of its own. Anything not named here goes to the writing thread. */
const READS: ReadonlySet<string> = new Set<keyof Storage>([
  "revision",
  "listTokens",
  "findToken",
  "listAgents",
  "timeZoneOfAgent",
  "siteTimeZone",
  "findSiteTimeZone",
  "listHosts",
  "listListeners",
  "listFlows",
  "listCoverage",
  "listLoad",
  "listDirectory",
  "listAddressDependencies",
  "listImports",
  "readZones",
  "listPlans",
  "readPlan",
  "listAudit",
  "databaseBytes",
]);

type Read = (...args: unknown[]) => Promise<unknown>;

/** The writing thread may never touch the page that a reader found damaged: it must know, and stop. */
function tellingDamage(read: Read, calls: Calls): Read {
  return async (...args) => {
    try {
      return await read(...args);
    } catch (error) {
      if (error instanceof StorageUnavailableError && error.reason === "corrupt") await calls.call("noteDamage", []);
      throw error;
    }
  };
}

/** Storage whose writes are calls, and whose reads are the given ones. */
function compose(reads: Storage, calls: Calls): Storage {
  const forwarded = Object.keys(reads)
    .filter((method) => !READS.has(method))
    .map((method) => [method, (...args: unknown[]) => calls.call(method, args)]);
  const watched = Object.entries(reads)
    .filter(([method]) => READS.has(method))
    .map(([method, read]) => [method, tellingDamage(read as Read, calls)]);
  return {
    ...reads,
    ...(Object.fromEntries(forwarded) as Partial<Storage>),
    ...(Object.fromEntries(watched) as Partial<Storage>),
    saveImport: (record, content, actor) =>
      calls.call("saveImport", [record, packImport(content), actor]) as ReturnType<Storage["saveImport"]>,
    async saveReports(reports) {
      const results = (await calls.call("saveReports", [packReports(reports)])) as SaveResultMessage[];
      return results.map(({ error, ...result }) => ({ ...result, ...(error && { error: fromErrorMessage(error) }) }));
    },
  };
}

/**
 * The SQLite driver with its writing connection in a thread of its own.
 * @throws StorageUnavailableError, StorageTooNewError as the thread found the store
 */
export async function threadedStorage(path: string, now: () => number): Promise<ThreadedStorage> {
  const workerData: WriterData = { path };
  const writer = startThread(new URL("./writer-thread.ts", import.meta.url), { workerData, name: "portolan-writer" });
  const exited = new Promise<void>((resolve) => writer.once("exit", () => resolve()));
  const [first] = (await once(writer, "message")) as [WriterOpened];
  if (!first.opened) {
    await exited;
    throw fromErrorMessage(first.error);
  }
  const calls = callsOver(writer, now);
  const db = openDatabaseToRead(path);
  let closing: Promise<void> | undefined;
  let hasFailed = false;
  let cause: unknown;
  writer.on("error", (error) => (cause = error));
  const failed = new Promise<Error>((resolve) => {
    void exited.then(() => {
      calls.fail(() => unavailable("stopped", path, cause));
      hasFailed = !closing;
      if (hasFailed) resolve(unavailable("stopped", path, cause));
    });
  });
  async function close(): Promise<void> {
    // The reader first: whoever closes last takes the write-ahead log into the database.
    db.close();
    if (!hasFailed) await calls.call("close", []);
    await exited;
  }
  function connect(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    const message: ConnectMessage = { connect: port1 };
    writer.postMessage(message, [port1]);
    return port2;
  }
  return { ...compose(sqliteStorage(db, path, now), calls), failed, connect, close: () => (closing ??= close()) };
}

/** The same store from another thread: reads on a connection of its own, writes through the one writing thread. */
export function storageBeside(path: string, port: MessagePort, now: () => number): Storage {
  const calls = callsOver(port, now);
  port.on("close", () => calls.fail(() => unavailable("stopped", path)));
  const db = openDatabaseToRead(path);
  async function close(): Promise<void> {
    db.close();
    port.close();
  }
  return { ...compose(sqliteStorage(db, path, now), calls), close };
}
