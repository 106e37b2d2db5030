import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      "packages/*/vitest.config.ts",
      "agent/vitest.config.ts",
      "collector/vitest.config.ts",
      "scripts/vitest.config.ts",
      "test/vitest.config.ts",
    ],
  },
});
