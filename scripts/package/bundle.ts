import { join } from "node:path";
import { rolldown } from "rolldown";
import { root } from "../run-step.ts";
import { PackageError } from "./package-error.ts";

/**
 * The agent and its libraries as one CommonJS file, which is what a single executable can run. Koffi stays outside: its
 * library can't be part of a script. Paths in it are relative to the root, so that every checkout makes the same file.
 *
 * @returns the paths of all modules in it.
 */
export async function bundleAgent(file: string): Promise<string[]> {
  const bundle = await rolldown({
    input: join(root, "agent", "src", "main.ts"),
    cwd: root,
    platform: "node",
    // Wrong in the bundle, and not reached there: a single executable starts no file and finds koffi beside itself.
    transform: { define: { "import.meta.url": '"file:///"' } },
    onLog(level, log) {
      if (level === "warn") throw new PackageError(`${log.code ?? "bundle"}: ${log.message}`);
    },
  });
  try {
    const { output } = await bundle.write({
      file,
      format: "cjs",
      codeSplitting: false,
      comments: { legal: true, jsdoc: false },
    });
    return output.flatMap((part) => (part.type === "chunk" ? part.moduleIds : []));
  } finally {
    await bundle.close();
  }
}
