// `npm run bench [name …]`: each file of test/bench by itself, so that none warms up or disturbs another.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root, runStep } from "./run-step.ts";

const wanted = process.argv.slice(2);
const files = readdirSync(join(root, "test", "bench")).filter((name) => name.endsWith(".bench.ts"));
const chosen = files.filter((name) => wanted.length === 0 || wanted.some((part) => name.startsWith(part)));
if (chosen.length === 0) {
  process.stderr.write(`no benchmark named ${wanted.join(", ")}; there are ${files.join(", ")}\n`);
  process.exitCode = 2;
}
for (const name of chosen.sort()) {
  process.stdout.write(`\n== ${name}\n`);
  if ((await runStep(process.execPath, [join("test", "bench", name)])) !== 0) process.exitCode = 1;
}
