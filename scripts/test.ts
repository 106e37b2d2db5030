// `npm test`: every check, the tests last. Arguments after `--` go to vitest alone, for a developer's quick run.
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, runStep } from "./run-step.ts";

const FOLDERS = ["agent", "collector", "packages", "scripts", "test"];

const CHECKS: [name: string, program: string, args: string[]][] = [
  ["generated files are current", process.execPath, ["scripts/generate.ts", "--check"]],
  ["types", "tsc", ["-p", "."]],
  ["lint", "oxlint", ["--deny-warnings"]],
  ["formatting", "oxfmt", ["--check", "."]],
  ["import rules", "depcruise", ["--config", ".dependency-cruiser.mjs", ...FOLDERS]],
  ["unused files, exports and dependencies", "knip", []],
];

interface VitestResult {
  testResults: { name: string; assertionResults: { status: string; fullName: string }[] }[];
}

/** Vitest exits 0 when tests were skipped; under CI a skip means that a machine lacks what a test needs, and fails. */
function skippedTests(resultFile: string): string[] {
  const result = JSON.parse(readFileSync(resultFile, "utf8")) as VitestResult;
  return result.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status !== "passed" && test.status !== "failed")
      .map((test) => `${file.name.slice(root.length + 1)}: ${test.fullName}`),
  );
}

async function runTests(args: string[]): Promise<boolean> {
  const resultFile = join(tmpdir(), `portolan-test-${process.pid}.json`);
  const code = await runStep("vitest", [
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile=${resultFile}`,
    ...args,
  ]);
  const skipped = skippedTests(resultFile);
  rmSync(resultFile, { force: true });
  if (skipped.length === 0) return code === 0;
  process.stdout.write(`\nSKIPPED, and therefore not shown on this machine (each says above what it needs):\n`);
  for (const name of skipped) process.stdout.write(`  ${name}\n`);
  return code === 0 && !process.env["CI"];
}

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
