import type { Findings } from "./findings.ts";
import { parseTnsNames } from "./parse-tns-names.ts";
import { isThisHost } from "./this-host.ts";

/** The names by which Oracle's clients know databases, from a tnsnames.ora, which need not be there. */
export function findTnsNames(source: string, to: Findings): void {
  for (const { alias: holder, server: target } of parseTnsNames(to.textOf(source))) {
    if (!isThisHost(target)) to.add({ kind: "linked-server", holder, target, source });
  }
}
