// Runs the main job by hand and keeps what came of it: node test/e2e/lab.ts --keep DIR [--seed N] [--seconds N]
import { cpSync, lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { dependencyKey } from "../estate/traffic/truth.ts";
import { difference, reportedKey } from "./compare.ts";
import { buildMainJobEstate, runMainJob } from "./main-job.ts";

const { values } = parseArgs({
  options: {
    keep: { type: "string" },
    seed: { type: "string", default: "1" },
    seconds: { type: "string", default: "32" },
  },
});
if (values.keep === undefined) {
  process.stderr.write("expected --keep DIR: where the collector's data, the exports and the hosts' logs go\n");
  process.exit(2);
}
const keep = resolve(values.keep);
const say = (line: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

const estate = await buildMainJobEstate();
try {
  const options = { seed: Number(values.seed), durationMs: Number(values.seconds) * 1000 };
  const job = await runMainJob(estate, options, say);
  const truth = [...job.truth, ...job.agentsTruth];
  mkdirSync(keep, { recursive: true });
  writeFileSync(join(keep, "truth.json"), `${JSON.stringify(truth, undefined, 2)}\n`);
  writeFileSync(join(keep, "coverage.json"), JSON.stringify(job.coverage, undefined, 2));
  writeFileSync(join(keep, "reported.json"), JSON.stringify(job.dependencies, undefined, 2));
  writeFileSync(join(keep, "firewall.json"), JSON.stringify(job.firewall, undefined, 2));
  const { missing, surplus } = difference(truth.map(dependencyKey), job.dependencies.map(reportedKey));
  for (const line of [...missing.map((key) => `missing: ${key}`), ...surplus.map((key) => `surplus: ${key}`)]) {
    say(line);
  }
  say(`${truth.length} dependencies are true, ${missing.length} missing, ${surplus.length} surplus`);
} finally {
  for (const host of estate.hosts) {
    cpSync(host.stateDir, join(keep, "hosts", host.name), { recursive: true, filter: isNoSocket });
  }
  await estate.close();
  say(`kept in ${keep}: hosts/collector has data, firewall.xlsx and the other exports`);
}

/** cp cannot copy sockets, and a person does not need them. */
function isNoSocket(source: string): boolean {
  return !lstatSync(source).isSocket();
}
