import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AgentError, messageOf } from "../errors.ts";

/** Name of koffi's library beside the agent. */
export const LIBRARY_FILE = "koffi.node";
/** Name under which a single executable carries the library's SHA-256 in lower-case hex. */
export const LIBRARY_HASH_ASSET = "koffi.sha256";

/** Where the library of a program lies. */
export function libraryBeside(program: string): string {
  return join(dirname(program), LIBRARY_FILE);
}

/** The SHA-256 that a single executable carries of its library, in lower-case hex. */
export function libraryHash(): string {
  return process.getBuiltinModule("node:sea").getAsset(LIBRARY_HASH_ASSET, "utf8");
}

/**
 * Looks whether a file is the one that a hash is of.
 *
 * @param sha256 lower-case hex.
 * @throws AgentError naming the file and both hashes.
 */
export function checkLibrary(file: string, sha256: string): void {
  let content: Uint8Array;
  try {
    content = readFileSync(file);
  } catch (error) {
    throw new AgentError(`${file} belongs beside the executable and cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const found = createHash("sha256").update(content).digest("hex");
  if (found !== sha256) throw new AgentError(`${file}: SHA-256 is ${found}, expected ${sha256}; it is not loaded`);
}
