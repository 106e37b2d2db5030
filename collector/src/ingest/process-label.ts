import type { Process } from "@portolan/protocol";

/** How a process is called in lists: `java (billing.jar)`, or only its name where it runs no program of its own. */
export function processLabel(process: Pick<Process, "name" | "program">): string {
  return process.program === undefined ? process.name : `${process.name} (${process.program})`;
}
