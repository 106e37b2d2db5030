import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LAB_PATH } from "../command.ts";
import type { Host } from "../host.ts";
import type { ExecResult, HostProcess } from "../host-process.ts";
import { windowsRoot } from "./cache.ts";

const BOOT = fileURLToPath(new URL("boot.sh", import.meta.url));
const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
/** In the host's own /run; gone with it. */
const ROOT = "/run/.lab/windows";

/** Windows' own node.exe, with koffi's library beside it. */
export const NODE_EXE = "Z:\\windows\\node.exe";

/** What of Wine's own is left out; to be kept where a program's environment adds to it (WINEDLLOVERRIDES). */
export const OVERRIDES = "mscoree=d;mshtml=d;winemenubuilder.exe=d";

/** Says why a lab host did not become a Windows host. */
export class WindowsHostError extends Error {
  override name = "WindowsHostError";
}

interface ExecOptions {
  /** Killed after that; 60 s. */
  timeoutMs?: number;
  /** Beside a clean environment; LC_ALL sets the code pages (de_DE.UTF-8, ko_KR.UTF-8). */
  env?: Record<string, string>;
}

/**
 * A host of the lab with Wine in it: its network, its name, its processes, and a Windows Server 2022 of its own whose
 * registry and drive C: nobody shares. Unix paths are drive Z:; the host's state directory and the repository (read
 * only) have the same path there.
 */
export interface WindowsHost {
  readonly host: Host;
  /** Runs a Windows program to its end. Standard input is empty; both outputs go through files, as Wine needs it. */
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** Starts a Windows program; its output goes to `state/<log>`. Signals kill it: Wine hands none to it. */
  spawn(argv: readonly string[], options: { log: string; env?: Record<string, string> }): HostProcess;
}

/** The Windows name of a Unix path. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll("/", "\\")}`;
}

/**
 * Makes a Windows host of a running lab host. Ends with it.
 *
 * @throws {WindowsHostError} where the host refuses, WindowsRootError where Wine can't be had
 */
export async function bootWindows(host: Host): Promise<WindowsHost> {
  const booted = await host.exec(["bash", BOOT, windowsRoot(), ROOT, REPOSITORY, "--", host.stateDir]);
  if (booted.code !== 0) throw new WindowsHostError(`${host.name}: ${booted.stderr}`);
  let runs = 0;

  /** Another program's environment would leak into Windows': all of it is set here. */
  const command = (argv: readonly string[], env: Record<string, string> = {}): string[] => {
    const variables = Object.entries({ ...ENVIRONMENT, ...env }).map(([name, value]) => `${name}=${value}`);
    return ["chroot", ROOT, "/usr/bin/env", "-i", `--chdir=${host.stateDir}`, ...variables, "wine", ...argv];
  };
  return {
    host,
    async exec(argv, { timeoutMs = 60_000, env } = {}) {
      runs += 1;
      const output = join(host.stateDir, `wine-${runs}`);
      // Unix pipes as standard streams end node.exe with EBADF.
      const redirected = ["sh", "-c", `exec "$@" </dev/null >${output}.out 2>${output}.err`, "sh"];
      const { code, signal } = await host.exec([...redirected, ...command(argv, env)], { timeoutMs });
      const text = (ending: string): string => readFileSync(`${output}.${ending}`, "utf8").replaceAll("\r\n", "\n");
      return { code, signal, stdout: text("out"), stderr: text("err") };
    },
    spawn: (argv, { log, env }) => host.spawn(command(argv, env), { log }),
  };
}

const ENVIRONMENT = {
  PATH: LAB_PATH,
  HOME: "/root",
  LANG: "C.UTF-8",
  TZ: "UTC",
  WINEPREFIX: "/prefix",
  WINEDEBUG: "-all",
  WINEDLLOVERRIDES: OVERRIDES,
};
