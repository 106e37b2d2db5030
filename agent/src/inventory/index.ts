import { fileURLToPath } from "node:url";
import type { HostFacts } from "@portolan/protocol";
import { isSingleExecutable } from "../single-executable.ts";
import { HOST_FACTS_COMMAND, type InventoryRoots, type MachineIdentity, parseFacts } from "./facts.ts";

/** The host's facts could not be read; never an empty fact instead. */
export class InventoryError extends Error {
  override name = "InventoryError";
}

interface InventoryOptions extends InventoryRoots {
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Program that prints the facts as JSON; another one in tests only. */
  child?: string;
}

const OUTPUT_LIMIT_BYTES = 4_000_000;

/**
 * Reads the host's facts: on Windows in this process, elsewhere in a short-lived child.
 *
 * @throws InventoryError when they cannot be read, or what every host has is missing.
 */
export async function readHostFacts(options: InventoryOptions = {}): Promise<HostFacts> {
  const content =
    process.platform === "win32" && options.child === undefined ? await askWindows(options) : await askChild(options);
  const facts = parseFacts(content);
  if (typeof facts === "string") throw new InventoryError(`host facts: ${facts}`);
  return facts;
}

/** What this machine is known by when it enrols; what cannot be read is left out. */
export async function readMachineIdentity(roots: InventoryRoots): Promise<MachineIdentity> {
  if (process.platform === "win32") return (await import("./windows/identity.ts")).machineIdentity();
  return (await import("./linux/identity.ts")).machineIdentity(roots);
}

/**
 * Prints a Linux host's facts as one line of JSON, which is the child's work; Windows is asked without one.
 *
 * @param roots {@link InventoryRoots} as JSON.
 */
export async function printFacts(roots: string, stdout: NodeJS.WritableStream): Promise<void> {
  const linux = await import("./linux/index.ts");
  stdout.write(`${JSON.stringify(await linux.readFacts(JSON.parse(roots)))}\n`);
}

async function askWindows({ configurationFolders = [] }: InventoryRoots): Promise<unknown> {
  const windows = await import("./windows/index.ts");
  return windows.readFacts(configurationFolders);
}

/**
 * The library that knows the facts takes tens of megabytes, which the agent must not keep. The child is killed when it
 * is late.
 */
async function askChild(options: InventoryOptions): Promise<unknown> {
  const { timeoutMs = 30_000, signal, child = defaultChild() } = options;
  const { execFile } = process.getBuiltinModule("node:child_process");
  const { etcRoot, sysRoot, libRoot, procRoot, configurationFolders } = options;
  const roots = JSON.stringify({ etcRoot, sysRoot, libRoot, procRoot, configurationFolders } satisfies InventoryRoots);
  const output = await new Promise<string>((resolve, reject) => {
    execFile(
      process.execPath,
      [child, roots],
      { timeout: timeoutMs, killSignal: "SIGKILL", maxBuffer: OUTPUT_LIMIT_BYTES, ...(signal && { signal }) },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const reason =
          error.killed === true ? `no facts within ${timeoutMs / 1000} s` : errorLine(stderr) || error.message;
        return reject(new InventoryError(`host facts: ${reason}`, { cause: error }));
      },
    );
  });
  try {
    return JSON.parse(output);
  } catch (error) {
    throw new InventoryError("host facts: the child did not print JSON", { cause: error });
  }
}

function defaultChild(): string {
  return isSingleExecutable() ? HOST_FACTS_COMMAND : fileURLToPath(new URL("./child.ts", import.meta.url));
}

/** The line of Node's farewell that says what went wrong. */
function errorLine(text: string): string {
  const lines = text.trim().split("\n");
  return (lines.find((line) => /^\w*Error\b/.test(line)) ?? lines[0] ?? "").slice(0, 500);
}
