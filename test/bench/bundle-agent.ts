import { resolve } from "node:path";
import { build } from "vite";

const AGENT = resolve(import.meta.dirname, "../../agent");

/** Makes the agent one CommonJS file, as packaging does, and its inventory child another beside it. */
export async function bundleAgent(outDir: string): Promise<void> {
  const common = {
    root: AGENT,
    configFile: false,
    logLevel: "error",
    ssr: { noExternal: true, target: "node" },
  } as const;
  const output = { outDir, emptyOutDir: false, minify: true, target: "node24" };
  const one = { format: "cjs", codeSplitting: false, entryFileNames: "portolan-agent.cjs" } as const;
  await build({ ...common, build: { ...output, ssr: "src/main.ts", rolldownOptions: { output: one } } });
  const child = { format: "es", entryFileNames: "child.ts" } as const;
  await build({ ...common, build: { ...output, ssr: "src/inventory/child.ts", rolldownOptions: { output: child } } });
}
