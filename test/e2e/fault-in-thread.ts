import { existsSync } from "node:fs";
import { isMainThread, threadName } from "node:worker_threads";

/**
 * Loaded ahead of the collector (node --import, with `?thread=NAME&when=FILE` after this file's URL), into each of its
 * threads: the named one dies of an error that nobody catches, once that file exists. INJECTED fault; no part of the
 * product.
 */
const options = new URL(import.meta.url).searchParams;
if (!isMainThread && threadName === options.get("thread")) {
  setInterval(() => {
    if (existsSync(options.get("when") ?? "")) throw new Error("injected fault");
  }, 10);
}
