import { fileURLToPath } from "node:url";
import type { HostFacts } from "@portolan/protocol";
import { type InventoryRoots, parseFacts } from "./facts.ts";

/** The host's facts could not be read; never an empty fact instead. */
export class InventoryError extends Error {
  override name = "InventoryError";
}

interface InventoryOptions extends InventoryRoots {
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Told what of the host's settings could not be read, each time the facts were. */
  onUnread?: (reasons: readonly string[]) => void;
  /** Program that prints the facts as JSON; another one in tests only. */
  child?: string;
}

const OUTPUT_LIMIT_BYTES = 4_000_000;

/**
 * Reads the host's facts in a short-lived child process: the library that knows them takes tens of megabytes, which
 * the agent must not keep. The child is killed when it is late.
 *
 * @throws InventoryError when the child fails, is late, or leaves out what every host has.
 */
export async function readHostFacts(options: InventoryOptions = {}): Promise<HostFacts> {
  const { timeoutMs = 30_000, signal, child = fileURLToPath(new URL("./child.ts", import.meta.url)) } = options;
  const { execFile } = process.getBuiltinModule("node:child_process");
  const { etcRoot, sysRoot, procRoot, configurationFolders } = options;
  const roots = JSON.stringify({ etcRoot, sysRoot, procRoot, configurationFolders } satisfies InventoryRoots);
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
  let content: unknown;
  try {
    content = JSON.parse(output);
  } catch (error) {
    throw new InventoryError("host facts: the child did not print JSON", { cause: error });
  }
  const told = partsOf(content);
  const facts = parseFacts(told.facts);
  if (typeof facts === "string") throw new InventoryError(`host facts: ${facts}`);
  options.onUnread?.(told.unread);
  return facts;
}

/** What on a Linux host names an address, and what of its settings could not be read; the child's work. */
export async function readLinuxAddresses({ etcRoot = "/etc", procRoot = "/proc", ...roots }: InventoryRoots) {
  const { readAddressDependencies } = await import("./linux/address-dependencies.ts");
  const { configurationFolders = [] } = roots;
  return readAddressDependencies({ etcRoot, procRoot, varRoot: "/var", runRoot: "/run", configurationFolders });
}

/** The child's word: the facts, and beside them what it could not read. */
function partsOf(content: unknown): { facts: unknown; unread: string[] } {
  if (typeof content !== "object" || content === null || !("unread" in content)) return { facts: content, unread: [] };
  const { unread, ...facts } = content;
  return { facts, unread: Array.isArray(unread) ? unread.filter((reason) => typeof reason === "string") : [] };
}

/** The line of Node's farewell that says what went wrong. */
function errorLine(text: string): string {
  const lines = text.trim().split("\n");
  return (lines.find((line) => /^\w*Error\b/.test(line)) ?? lines[0] ?? "").slice(0, 500);
}
