import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "faults",
    root: dirname(fileURLToPath(import.meta.url)),
    include: ["**/*.test.ts"],
    testTimeout: 240_000,
    hookTimeout: 30_000,
  },
});
