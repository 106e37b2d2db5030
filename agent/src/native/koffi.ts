import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type * as Koffi from "koffi";
import { AgentError, messageOf } from "../errors.ts";
import { isSingleExecutable } from "./single-executable.ts";

/** Name of the library beside a single executable. */
export const LIBRARY_FILE = "koffi.node";
/** Name under which the executable carries the library's SHA-256 in lower-case hex. */
export const LIBRARY_HASH_ASSET = "koffi.sha256";

let loaded: typeof Koffi | undefined;

/**
 * The library through which Windows' own functions are called: the file beside the program, else the installed package.
 * A single executable takes only the very file it was packaged with, as what is loaded here has the agent's rights.
 *
 * @throws AgentError where the file is missing or is another one.
 */
export function loadKoffi(): typeof Koffi {
  if (loaded !== undefined) return loaded;
  const file = libraryBeside(process.execPath);
  if (isSingleExecutable()) checkLibrary(file, libraryHash());
  loaded = isSingleExecutable() || existsSync(file) ? loadFile(file) : loadInstalled();
  return loaded;
}

/** Where the library of a program lies: never in a temporary folder, from which application control lets nothing load. */
export function libraryBeside(program: string): string {
  return join(dirname(program), LIBRARY_FILE);
}

/** The SHA-256 that a single executable carries of its library, in lower-case hex. */
function libraryHash(): string {
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
  const found = process.getBuiltinModule("node:crypto").createHash("sha256").update(content).digest("hex");
  if (found !== sha256) throw new AgentError(`${file}: SHA-256 is ${found}, expected ${sha256}; it is not loaded`);
}

function loadFile(file: string): typeof Koffi {
  const module: { exports: object } = { exports: {} };
  process.dlopen(module, file);
  if (!isKoffi(module.exports)) throw new AgentError(`${file} is no library of koffi`);
  return module.exports;
}

function loadInstalled(): typeof Koffi {
  const { createRequire } = process.getBuiltinModule("node:module");
  const koffi: typeof Koffi = createRequire(import.meta.url)("koffi");
  return koffi;
}

function isKoffi(exports: object): exports is typeof Koffi {
  return "load" in exports && "struct" in exports;
}
