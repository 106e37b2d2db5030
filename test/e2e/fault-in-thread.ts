import { isMainThread, threadName } from "node:worker_threads";

/**
 * Loaded ahead of the collector (node --import, with the thread's name as the query of this file's URL), into each of
 * its threads: the named one dies of an error that nobody catches, a while after its start. INJECTED fault; no part of
 * the product.
 */
if (!isMainThread && threadName === new URL(import.meta.url).search.slice(1)) {
  setTimeout(() => {
    throw new Error("injected fault");
  }, 1500);
}
