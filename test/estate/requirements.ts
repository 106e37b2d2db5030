import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, test } from "vitest";
import { runsUnderCi } from "../config.ts";
import { LAB_PATH } from "./command.ts";

const COMMANDS = ["bash", "env", "ip", "nft", "nsenter", "setpriv", "ss", "unshare"];

/** The machine can't hold a lab; thrown in place of the tests under CI. */
class LabUnavailableError extends Error {
  override name = "LabUnavailableError";
}

/**
 * `describe` for tests that build a lab. Where the machine lacks something the tests fail under CI, and are skipped
 * outside it, with a word on standard error about what is needed. `also` are further programs, each with its package;
 * `prepare` makes what takes long to make, where nothing is missing so far, and says why it could not.
 */
export function describeInLab(
  name: string,
  body: () => void,
  also: Record<string, string> = {},
  prepare: () => string | undefined = () => undefined,
): void {
  const absent = Object.entries(also).filter(([program]) => run(["which", program]) !== 0);
  const missing = [...missingForLab(), ...absent.map(([program, what]) => `${program} (apt-get install ${what})`)];
  const obstacle = missing.length === 0 ? prepare() : undefined;
  if (obstacle !== undefined) missing.push(obstacle);
  if (missing.length === 0) {
    describe(name, body);
    return;
  }
  const message = `"${name}" needs a lab of network namespaces. Missing: ${missing.join("; ")}.`;
  if (runsUnderCi) {
    test(name, () => {
      throw new LabUnavailableError(message);
    });
    return;
  }
  process.stderr.write(`\nSKIPPED: ${message}\n\n`);
  describe.skip(name, body);
}

/** What the machine lacks for a lab, each with what to do; empty when a lab can be built. Looked up once. */
function missingForLab(): readonly string[] {
  known ??= lookForMissing();
  return known;
}

let known: readonly string[] | undefined;

function lookForMissing(): string[] {
  if (process.platform !== "linux") {
    return ["Linux"];
  }
  const missing: string[] = [];
  if (process.getuid?.() !== 0) {
    missing.push("root (run the tests as root, for instance with sudo)");
  }
  const absent = COMMANDS.filter((name) => run(["which", name]) !== 0);
  if (absent.length > 0) {
    missing.push(`${absent.join(", ")} (apt-get install iproute2 nftables util-linux)`);
  }
  if (missing.length === 0) {
    if (run(["unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--fork", "true"]) !== 0) {
      missing.push("the right to make namespaces (a container needs CAP_SYS_ADMIN and CAP_NET_ADMIN)");
    }
    if (!readFileSync("/proc/filesystems", "utf8").includes("overlay") && run(["modprobe", "overlay"]) !== 0) {
      missing.push("overlayfs in the kernel");
    }
  }
  return missing;
}

function run(argv: readonly [string, ...string[]]): number | null {
  const [file, ...rest] = argv;
  return spawnSync(file, rest, { env: { PATH: LAB_PATH }, stdio: "ignore", timeout: 10_000 }).status;
}
