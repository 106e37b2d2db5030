import { readFacts } from "./linux/index.ts";

/**
 * Prints this host's facts as one line of JSON; where Windows is asked, no process of its own is needed.
 *
 * @param roots {@link InventoryRoots} as JSON.
 */
export async function printFacts(roots: string, stdout: NodeJS.WritableStream): Promise<void> {
  stdout.write(`${JSON.stringify(await readFacts(JSON.parse(roots)))}\n`);
}
