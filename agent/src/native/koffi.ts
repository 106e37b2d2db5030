import type * as Koffi from "koffi";
import { AgentError, messageOf } from "../errors.ts";
import { isSingleExecutable } from "./single-executable.ts";

/** Names of the package's files; scripts/package writes them. */
export const LIBRARY_FILE = "koffi.node";
const LIBRARY_HASH_ASSET = "koffi.sha256";

let loaded: typeof Koffi | undefined;

/**
 * The library through which Windows' own functions are called. A checkout takes the installed package; a single
 * executable takes the file beside it, and only the very one it was packaged with: what is loaded here runs with the
 * agent's rights.
 *
 * @throws AgentError where the file is missing or is another one.
 */
export function loadKoffi(): typeof Koffi {
  loaded ??= isSingleExecutable() ? loadBesideExecutable() : loadInstalled();
  return loaded;
}

function loadInstalled(): typeof Koffi {
  const { createRequire } = process.getBuiltinModule("node:module");
  const koffi: typeof Koffi = createRequire(import.meta.url)("koffi");
  return koffi;
}

/** Where the library lies: beside the program, never in a temporary folder, which application control forbids. */
export function libraryBesideExecutable(): string {
  const { dirname, join } = process.getBuiltinModule("node:path");
  return join(dirname(process.execPath), LIBRARY_FILE);
}

function loadBesideExecutable(): typeof Koffi {
  const file = libraryBesideExecutable();
  checkLibrary(file, process.getBuiltinModule("node:sea").getAsset(LIBRARY_HASH_ASSET, "utf8").trim());
  const module: { exports: typeof Koffi | object } = { exports: {} };
  process.dlopen(module, file);
  if (!("load" in module.exports)) throw new AgentError(`${file} is no koffi`);
  return module.exports;
}

/**
 * Looks whether a file is the one that a hash was published of.
 *
 * @param sha256 lower-case hex.
 * @throws AgentError naming the file and both hashes.
 */
export function checkLibrary(file: string, sha256: string): void {
  let content: Uint8Array;
  try {
    content = process.getBuiltinModule("node:fs").readFileSync(file);
  } catch (error) {
    throw new AgentError(`${file} cannot be read: ${messageOf(error)}; it belongs beside the executable`, {
      cause: error,
    });
  }
  const found = process.getBuiltinModule("node:crypto").createHash("sha256").update(content).digest("hex");
  if (found !== sha256) throw new AgentError(`${file}: SHA-256 is ${found}, expected ${sha256}; it is not loaded`);
}
