// Writes the files that are made from code; with --check it only compares, and a difference fails.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { generatedFiles } from "./generated-files.ts";
import { root } from "./run-step.ts";

const check = process.argv.includes("--check");
for (const [path, content] of await generatedFiles()) {
  const file = join(root, path);
  if (existsSync(file) && readFileSync(file, "utf8") === content) continue;
  if (check) {
    process.stderr.write(`${path} is not current: run \`npm run generate\` and commit it.\n`);
    process.exitCode = 1;
    continue;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  process.stdout.write(`wrote ${path}\n`);
}
