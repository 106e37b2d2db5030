import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NODE_EXE, type WindowsHost, WindowsHostError, windowsPath } from "./windows-host.ts";

const AGENT = fileURLToPath(new URL("../../../agent/src/", import.meta.url));

/** In a process that has loaded this, whoever starts a child fails. */
const NO_CHILDREN = `
  import children from "node:child_process";
  import { syncBuiltinESMExports } from "node:module";
  for (const [name, value] of Object.entries(children))
    if (typeof value === "function") children[name] = class { constructor() { throw new Error("a child process: " + name); } };
  syncBuiltinESMExports();`;

/** A file of the agent's as the argument of a Windows program. */
export function agentFile(file: string): string {
  return windowsPath(join(AGENT, file));
}

/** The same as code in a Windows host imports it. */
export function agentModule(file: string): string {
  return `file:///Z:${join(AGENT, file)}`;
}

/** Node's arguments under which whoever starts a process fails. */
export function withoutChildren({ host }: WindowsHost): string[] {
  const file = join(host.stateDir, "no-children.mjs");
  writeFileSync(file, NO_CHILDREN);
  return ["--import", `file:///Z:${file}`];
}

/**
 * Runs a module in the Windows host; it may start no process.
 *
 * @returns the JSON that it prints
 * @throws {WindowsHostError} with its errors where it fails
 */
export async function runModule(
  windows: WindowsHost,
  code: string,
  env: Record<string, string> = {},
): Promise<unknown> {
  const file = join(windows.host.stateDir, "code.mjs");
  writeFileSync(file, code);
  return JSON.parse(await finished(windows, [NODE_EXE, ...withoutChildren(windows), windowsPath(file)], env));
}

/** Runs a line of code in the Windows host, Node's modules being globals. @throws {WindowsHostError} as above */
export async function evaluate(windows: WindowsHost, code: string): Promise<void> {
  await finished(windows, [NODE_EXE, "-e", code]);
}

/** Writes files and the folders that they need, by their Windows paths. @throws {WindowsHostError} as above */
export async function writeFiles(windows: WindowsHost, files: Record<string, string | Buffer>): Promise<void> {
  const all = Object.entries(files).map(([file, content]) => [file, Buffer.from(content).toString("base64")]);
  await evaluate(
    windows,
    `for (const [file, content] of ${JSON.stringify(all)}) {
       fs.mkdirSync(path.dirname(file), { recursive: true });
       fs.writeFileSync(file, Buffer.from(content, "base64"));
     }`,
  );
}

/** Writes values of the registry, as an administrator does. @throws {WindowsHostError} as above */
export async function addRegistryValues(
  windows: WindowsHost,
  values: readonly (readonly [key: string, name: string, type: string, data: string])[],
): Promise<void> {
  for (const [key, name, type, data] of values) {
    await finished(windows, ["reg", "add", key, "/v", name, "/t", type, "/d", data, "/f"]);
  }
}

async function finished(
  windows: WindowsHost,
  argv: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { code, stdout, stderr } = await windows.exec(argv, { env });
  if (code !== 0) throw new WindowsHostError(`${windows.host.name}: ${argv.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}
