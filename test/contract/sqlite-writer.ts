import { writeSync } from "node:fs";
import { openStorage } from "@portolan/collector";
import { syntheticReport } from "./synthetic.ts";

/** Started by the durability contract: saves reports one by one until it is killed, and tells of each that was answered. */
const storage = await openStorage({ dataDir: process.argv[2] ?? "" });
for (let number = 1; ; number += 1) {
  const [result] = await storage.saveReports([syntheticReport("a1", number)]);
  if (!result?.applied) throw new Error(`report ${number} was not applied`);
  writeSync(1, `${number}\n`);
}
