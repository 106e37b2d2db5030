import { readFactsHere } from "./index.ts";

/**
 * Prints this host's facts as one line of JSON.
 *
 * @param roots {@link InventoryRoots} as JSON.
 */
export async function printFacts(roots: string, stdout: NodeJS.WritableStream): Promise<void> {
  stdout.write(`${JSON.stringify(await readFactsHere(JSON.parse(roots)))}\n`);
}
