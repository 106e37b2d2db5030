import { readFileSync } from "node:fs";

/** The program's plan: the JSON file that its first argument names, written by run.ts. */
export function readPlan<Plan>(): Plan {
  const file = process.argv[2];
  if (file === undefined) {
    throw new TypeError("expected the path of a plan file as first argument");
  }
  return JSON.parse(readFileSync(file, "utf8")) as Plan;
}
