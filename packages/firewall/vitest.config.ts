import { defineConfig } from "vitest/config";

export default defineConfig({ test: { name: "firewall", include: ["src/**/*.test.ts"] } });
