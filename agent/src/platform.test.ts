import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

// Which system runs is asked in few places, so that a third one is added by looking at these alone.
const MAY_NAME_IT = [
  "cli/doctor.ts", // writes it down, as it is
  "directory/index.ts",
  "inventory/index.ts",
  "load/index.ts",
  "platform.ts",
  "sampling/index.ts",
];

test("process.platform stands in platform.ts, and where an index.ts chooses between linux and windows", () => {
  const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" });
  const naming = sources
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .filter((file) =>
      /process\s*\.\s*platform|\bplatform\(\)/.test(readFileSync(join(import.meta.dirname, file), "utf8")),
    );
  expect(naming.sort()).toEqual(MAY_NAME_IT);
});
