import { defineConfig } from "vitest/config";

// test/faults runs under `npm run test:faults`.
export default defineConfig({
  test: {
    name: "lab",
    include: ["**/*.test.ts"],
    exclude: ["**/node_modules/**", "faults/**"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
