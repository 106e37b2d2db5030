/**
 * True on Windows; false on Linux, and where nothing is known of the system. What differs by more than a value stands in
 * folders `linux` and `windows`, between which the `index.ts` above them chooses.
 */
export function isWindows(): boolean {
  return process.platform === "win32";
}
