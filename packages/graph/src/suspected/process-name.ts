/**
 * The name in a label of processLabel, as lists of executables have it: `sqlservr` of `sqlservr.exe`. An interpreter stays
 * with its program, `java (app.jar)`, and is in no list.
 */
export function executableName(label: string): string {
  return label.toLowerCase().replace(/\.exe$/, "");
}

/** What an agent calls a process of which it may read nothing. */
const NAMELESS = "unknown";

/** Labels that say something. */
export function knownProcesses(labels: readonly string[]): string[] {
  return labels.filter((label) => label !== NAMELESS);
}

/** Finds whose program a process is, by its label. Nearly none of an estate is any of them: one look suffices for the others. */
export function programFinder<Entry extends { processes: RegExp }>(
  entries: readonly Entry[],
): (label: string) => Entry | undefined {
  const any = new RegExp(entries.map(({ processes }) => processes.source).join("|"));
  return (label) => {
    const name = executableName(label);
    return any.test(name) ? entries.find(({ processes }) => processes.test(name)) : undefined;
  };
}
