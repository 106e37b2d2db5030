import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { LIBRARY_HASH_ASSET, LIGHT_ENGINE_FLAGS } from "@portolan/agent";
import { runProgram } from "./run-program.ts";

/** What Node looks for in its own file to know that it carries a program; nodejs.org/api/single-executable-applications. */
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

interface ExecutableParts {
  /** File name of the bundled agent in `work`. */
  bundle: string;
  /** Folder for what is made on the way. */
  work: string;
  /** The Node to put it into: of exactly the version that runs this. */
  node: string;
  /** Lower-case hex SHA-256 of koffi's library beside it; none where the agent calls no library. */
  librarySha256?: string;
  /** The executable to make. */
  output: string;
}

/**
 * Puts the agent into a copy of Node. Node's own options are fixed: none is taken from NODE_OPTIONS, which a service
 * must not obey.
 *
 * @throws PackageError when Node or postject refuses.
 */
export function makeExecutable({ bundle, work, node, librarySha256, output }: ExecutableParts): void {
  const config = {
    main: bundle,
    output: "agent.blob",
    disableExperimentalSEAWarning: true,
    // A snapshot and a code cache are the platform's that makes them; this one makes both executables.
    useSnapshot: false,
    useCodeCache: false,
    execArgv: LIGHT_ENGINE_FLAGS,
    execArgvExtension: "none",
    assets: librarySha256 === undefined ? {} : { [LIBRARY_HASH_ASSET]: LIBRARY_HASH_ASSET },
  };
  if (librarySha256 !== undefined) writeFileSync(join(work, LIBRARY_HASH_ASSET), librarySha256);
  writeFileSync(join(work, "sea.json"), JSON.stringify(config));
  // Relative names and this folder: what is made must not depend on where.
  runProgram(work, process.execPath, ["--experimental-sea-config", "sea.json"]);
  mkdirSync(dirname(output), { recursive: true });
  copyFileSync(node, output);
  chmodSync(output, 0o755);
  runProgram(work, "postject", [output, "NODE_SEA_BLOB", "agent.blob", "--sentinel-fuse", FUSE]);
}
