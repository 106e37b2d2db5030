import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type Koffi from "koffi";

type Library = ReturnType<(typeof Koffi)["load"]>;

let loaded: typeof Koffi | undefined;

/**
 * The foreign function interface by which Windows is asked: koffi's own library, from beside the executable where the
 * agent is installed (application control forbids to unpack it elsewhere), else from node_modules.
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
  const installed = join(dirname(process.execPath), "koffi.node");
  const require = createRequire(installed);
  // The library's own JavaScript only looks for it, and for callers of older versions.
  if (existsSync(installed)) return require(installed);
  return createRequire(import.meta.url)("koffi");
}
