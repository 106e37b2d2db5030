import { spawnSync } from "node:child_process";
import { PackageError } from "./package-error.ts";

/** Runs a program in a folder to its end. @throws PackageError with what it said where it refuses. */
export function runProgram(cwd: string, program: string, args: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8", cwd });
  if (error) throw new PackageError(`${program} cannot be run: ${error.message}`);
  if (status !== 0) throw new PackageError(`${program} ${args[0]}: ended with ${status}: ${stdout}${stderr}`);
}
