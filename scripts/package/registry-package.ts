import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { root } from "../run-step.ts";
import { PackageError } from "./package-error.ts";
import { runProgram } from "./run-program.ts";

/** Outside the checkout: what is there is the same for every checkout, as its name and hash say. */
const CACHE = join(homedir(), ".cache", "portolan", "packages");

/**
 * The folder of an npm package that this platform's install leaves out, as it is another platform's. Version and hash
 * are the lockfile's; the package is fetched with `npm pack` once and kept.
 *
 * @param name as in package.json; its version is the one that stands in pnpm-lock.yaml.
 * @throws PackageError when it can't be had or is not the one that the lockfile means.
 */
export function registryPackage(name: string): string {
  const { version, integrity } = lockedPackage(readFileSync(join(root, "pnpm-lock.yaml"), "utf8"), name);
  const folder = join(CACHE, `${name.replace("@", "").replace("/", "-")}-${version}-${shortened(integrity)}`);
  if (existsSync(folder)) return join(folder, "package");
  mkdirSync(CACHE, { recursive: true });
  const unfinished = mkdtempSync(join(CACHE, "unfinished-"));
  try {
    runProgram(CACHE, "npm", ["pack", "--silent", "--pack-destination", unfinished, `${name}@${version}`]);
    const archive = join(unfinished, readdirSync(unfinished)[0] ?? "");
    checkIntegrity(archive, integrity);
    runProgram(CACHE, "tar", ["-xzf", archive, "-C", unfinished]);
    rmSync(archive);
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Another run may have put it there meanwhile.
    if (!existsSync(folder)) throw error;
  }
  return join(folder, "package");
}

/**
 * What a lockfile of pnpm 10 says of a package that stands in it with one version.
 *
 * @returns `integrity` as subresource integrity: `sha512-` and base64.
 * @throws PackageError when it stands there not at all or in several versions.
 */
export function lockedPackage(lockfile: string, name: string): { version: string; integrity: string } {
  const lines = lockfile.matchAll(
    /^ {2}'?(@?[^@'\s]+)@([^:'(\s]+)'?:\n {4}resolution: \{integrity: (sha512-[^,}]+)\}/gm,
  );
  const found = [...lines].filter(([, found]) => found === name);
  const [, , version, integrity] = found[0] ?? [];
  if (found.length !== 1 || version === undefined || integrity === undefined) {
    throw new PackageError(`pnpm-lock.yaml: ${name} stands there ${found.length} times, expected once`);
  }
  return { version, integrity };
}

function checkIntegrity(file: string, integrity: string): void {
  const found = `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}`;
  if (found !== integrity) throw new PackageError(`${file}: integrity is ${found}, expected ${integrity}`);
}

/** Enough of a hash for a name. */
function shortened(integrity: string): string {
  return Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex").slice(0, 16);
}
