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
