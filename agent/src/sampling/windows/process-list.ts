import { createGrownBuffer } from "./grown.ts";
import { type ListedProcess, parseProcessList } from "./parse-process-list.ts";
import type { Win32 } from "./win32.ts";

/** All processes by pid. Throws TableError where Windows refuses. */
export function createProcessList(win32: Win32): () => Map<number, ListedProcess> {
  let base = 0n;
  const list = createGrownBuffer("processes", (buffer, size) => {
    base = win32.addressOf(buffer);
    return win32.processList(buffer, size);
  });
  return () => parseProcessList(list.read(), base);
}
