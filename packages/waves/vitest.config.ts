import { defineConfig } from "vitest/config";

export default defineConfig({ test: { name: "waves", include: ["src/**/*.test.ts"] } });
