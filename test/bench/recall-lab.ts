/** Hosts of a lab in network namespaces, and programs in them. Needs root. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LIGHT_ENGINE_FLAGS, prepareSources } from "@portolan/agent";
import { command } from "../estate/command.ts";

const TRACE_ROOT = "/sys/kernel/tracing";

/** What the process wrote, whole, once it ended. */
export function output(child: ChildProcessWithoutNullStreams): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (piece: Buffer) => (text += piece.toString()));
    child.on("close", (code) =>
      code === 0 ? resolve(text) : reject(new Error(`${child.spawnargs.join(" ")}: ${code}`)),
    );
  });
}

export function ready(child: ChildProcessWithoutNullStreams): Promise<void> {
  return new Promise((resolve) => child.stdout.on("data", (piece: Buffer) => piece.includes("ready") && resolve()));
}

/** One segment: every host's end of a cable hangs on one bridge. */
export async function buildNetwork(names: readonly string[], addresses: readonly (readonly string[])[]): Promise<void> {
  const hub = `${names[0]?.replace(/-[^-]+$/, "")}-hub`;
  for (const name of [hub, ...names]) await command(["ip", "netns", "add", name]);
  await command(["ip", "-n", hub, "link", "add", "br0", "type", "bridge"]);
  await command(["ip", "-n", hub, "link", "set", "br0", "up"]);
  for (const [index, name] of names.entries()) {
    await command(["ip", "-n", hub, "link", "add", `h${index}`, "type", "veth", "peer", "name", "eth0", "netns", name]);
    await command(["ip", "-n", hub, "link", "set", `h${index}`, "master", "br0", "up"]);
    for (const address of addresses[index] ?? [])
      await command(["ip", "-n", name, "addr", "add", `${address}/24`, "dev", "eth0"]);
    await command(["ip", "-n", name, "link", "set", "eth0", "up"]);
    await command(["ip", "-n", name, "link", "set", "lo", "up"]);
  }
}

export function start(namespace: string, script: string, ...args: string[]): ChildProcessWithoutNullStreams {
  const child = spawn("ip", [
    "netns",
    "exec",
    namespace,
    process.execPath,
    ...LIGHT_ENGINE_FLAGS,
    fileURLToPath(new URL(script, import.meta.url)),
    ...args,
  ]);
  child.stderr.pipe(process.stderr);
  return child;
}

/** The kernel's tracing, mounted where it is not; the end takes away what instances of the run are left. */
export async function mountTracing(run: string): Promise<{ root: string; end(): Promise<void> }> {
  const mounted = existsSync(`${TRACE_ROOT}/instances`) ? undefined : mkdtempSync(join(tmpdir(), "portolan-tracefs-"));
  const root = mounted ?? TRACE_ROOT;
  if (mounted !== undefined) await command(["mount", "-t", "tracefs", "tracefs", mounted]);
  return {
    root,
    async end() {
      for (const instance of readdirSync(`${root}/instances`).filter((name) => name.startsWith(run)))
        await prepareSources({ traceRoots: [root], traceInstance: instance }, true);
      if (mounted === undefined) return;
      await command(["umount", mounted]);
      rmdirSync(mounted);
    },
  };
}
