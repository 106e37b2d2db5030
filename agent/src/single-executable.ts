/** True in the executable that `npm run package` makes, false where Node runs the sources. */
export function isSingleExecutable(): boolean {
  return process.getBuiltinModule("node:sea").isSea();
}
