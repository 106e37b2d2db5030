import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import type Koffi from "koffi";
import { isSingleExecutable } from "../single-executable.ts";
import { checkLibrary, libraryBeside, libraryHash } from "./library-file.ts";

type Library = ReturnType<(typeof Koffi)["load"]>;

let loaded: typeof Koffi | undefined;

/**
 * The foreign function interface by which Windows is asked: koffi's own library, from beside the executable where the
 * agent is installed (application control forbids to unpack it elsewhere), else from node_modules. A single executable
 * takes only the very file that it was packaged with, as what is loaded here has the agent's rights.
 *
 * @throws AgentError where a single executable's file is missing or is another one.
 */
export function loadKoffi(): typeof Koffi {
  loaded ??= load();
  return loaded;
}

/** A system library, looked for in Windows' own folder by the loader's rules. */
export function openLibrary(name: string): Library {
  return loadKoffi().load(name);
}

function load(): typeof Koffi {
  const installed = libraryBeside(process.execPath);
  if (isSingleExecutable()) checkLibrary(installed, libraryHash());
  // The library's own JavaScript only looks for it, and for callers of older versions.
  else if (!existsSync(installed)) return createRequire(import.meta.url)("koffi");
  return createRequire(installed)(installed);
}
