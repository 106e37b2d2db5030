import { writeSync } from "node:fs";
import type { Storage } from "@portolan/collector";
import { syntheticReport } from "./synthetic.ts";

/** For the durability contract: saves reports one by one until it is killed, and tells of each that was answered. */
export async function writeUntilKilled(storage: Storage): Promise<never> {
  for (let number = 1; ; number += 1) {
    const [result] = await storage.saveReports([syntheticReport("a1", number)]);
    if (!result?.applied) throw new Error(`report ${number} was not applied`);
    writeSync(1, `${number}\n`);
  }
}
