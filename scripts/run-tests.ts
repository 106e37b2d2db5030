import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, runStep } from "./run-step.ts";

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

/** Runs vitest with these arguments; true when all passed, and under CI none was skipped. */
export async function runTests(args: string[]): Promise<boolean> {
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
