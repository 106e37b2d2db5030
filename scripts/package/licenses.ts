import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { PackageError } from "./package-error.ts";

/** What its npm package does not carry along. */
const NODE = `Node.js ${process.versions.node}: MIT, and those of the parts it is made of:
https://github.com/nodejs/node/blob/v${process.versions.node}/LICENSE
`;

/**
 * The licences of what an executable is made of, which must go along with it.
 *
 * @param folders of the packages, each with its package.json and licence.
 * @throws PackageError where one has none.
 */
export function licencesOf(folders: readonly string[]): string {
  const texts = folders.map((folder) => {
    const { name, version, license }: Record<"name" | "version" | "license", string> = JSON.parse(
      readFileSync(join(folder, "package.json"), "utf8"),
    );
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new PackageError(`${name} ${version}: there is no licence in ${folder}`);
    return `${name} ${version}: ${license}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
  });
  return [NODE, ...texts.sort()].join(`\n${"-".repeat(80)}\n\n`);
}

/** The folders of the npm packages that these modules belong to, each once; those of our own are none. */
export function packageFolders(modules: readonly string[]): string[] {
  const folders = modules.flatMap((file) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? []);
  return [...new Set(folders)];
}
