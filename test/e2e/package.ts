import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Makes an executable as `npm run package` does, into a folder that is not the checkout's. */
export async function makePackage(target: "linux" | "windows", output: string): Promise<void> {
  const script = fileURLToPath(new URL("../../scripts/package.ts", import.meta.url));
  await promisify(execFile)(process.execPath, [script, target, "--output", output], { cwd: ROOT });
}
