import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const PROGRAM = fileURLToPath(new URL("testing/strip-in-thread.ts", import.meta.url));
/** V8 tells of each freeing, frees as early as it may, and compiles when asked: what it does depends on no load. */
const ENGINE = ["--trace-wasm-code-gc", "--stress-wasm-code-gc", "--wasm-sync-tier-up", "--no-warnings"];

async function freed(...args: string[]): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [...ENGINE, PROGRAM, ...args]);
  return stdout.match(/Freeing/g)?.length ?? 0;
}

test("V8 frees no compiled WebAssembly once a thread was started", async () => {
  expect(await freed()).toBe(0);
});

test("without that it does: the day this fails, V8 changed, and start-thread.ts may have to", async () => {
  expect(await freed("plain")).toBeGreaterThan(0);
});
