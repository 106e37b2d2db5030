// `npm test`: every check, the tests last. Arguments after `--` go to vitest alone, for a developer's quick run.
import { runStep } from "./run-step.ts";
import { runTests } from "./run-tests.ts";

const FOLDERS = ["agent", "collector", "packages", "scripts", "test"];

const CHECKS: [name: string, program: string, args: string[]][] = [
  ["generated files are current", process.execPath, ["scripts/generate.ts", "--check"]],
  ["types", "tsc", ["-p", "."]],
  ["lint", "oxlint", ["--deny-warnings"]],
  ["formatting", "oxfmt", ["--check", "."]],
  ["import rules", "depcruise", ["--config", ".dependency-cruiser.mjs", ...FOLDERS]],
  ["unused files, exports and dependencies", "knip", []],
];

async function main(args: string[]): Promise<number> {
  if (args.length > 0) return (await runTests(args)) ? 0 : 1;
  const failed: string[] = [];
  for (const [name, program, options] of CHECKS) {
    process.stdout.write(`\n== ${name}\n`);
    if ((await runStep(program, options)) !== 0) failed.push(name);
  }
  process.stdout.write(`\n== tests\n`);
  if (!(await runTests([]))) failed.push("tests");
  for (const name of failed) process.stdout.write(`FAILED: ${name}\n`);
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
