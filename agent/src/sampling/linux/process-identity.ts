import { readlinkSync } from "node:fs";
import { basename } from "node:path";
import type { Process } from "@portolan/protocol";
import { isInterpreter, programOf } from "../program/program-of.ts";
import { parseCgroup } from "./parse-cgroup.ts";
import { parseProcStat } from "./parse-proc-stat.ts";
import type { ProcStat } from "./parse-proc-stat.ts";
import { parseStatusUser } from "./parse-status.ts";
import { unlessUnreadable } from "./read-proc-file.ts";
import type { ProcFileReader } from "./read-proc-file.ts";

/** The protocol's limit of a path. */
const LONGEST_PATH = 1024;
/** Class paths of application servers reach hundreds of kilobytes, and the main class stands behind them. */
const LONGEST_COMMAND_LINE = 1024 * 1024;
/** Node's name of its first thread, which replaces the program's own (src/node.cc). */
const THREAD_NAMES = new Set(["MainThread", "node-MainThread"]);

/** Name and start of a process; undefined when it is gone. */
export function readProcStat(processFolder: string, files: ProcFileReader): ProcStat | undefined {
  return unlessUnreadable(() => parseProcStat(files.read(`${processFolder}/stat`)));
}

/**
 * Identity of one process, as far as this user may read it. The command line is read of interpreters only, and
 * nothing but the program's name leaves this function.
 */
export function readIdentity(
  processFolder: string,
  stat: ProcStat,
  files: ProcFileReader,
  userName: (id: number) => string,
): Process {
  const executable = unlessUnreadable(() => readlinkSync(`${processFolder}/exe`))?.replace(/ \(deleted\)$/, "");
  const user = unlessUnreadable(() => parseStatusUser(files.read(`${processFolder}/status`)));
  const owner = unlessUnreadable(() => parseCgroup(files.read(`${processFolder}/cgroup`))) ?? {};
  const program = executable === undefined ? undefined : readProgram(processFolder, executable, files);
  const identity: Process = { name: processName(stat.name, executable) };
  if (executable !== undefined) identity.executable = executable.slice(0, LONGEST_PATH);
  if (program !== undefined) identity.program = program;
  // A container has users of its own: the host's name for the number would be another's.
  if (user !== undefined) identity.user = owner.containerId === undefined ? userName(user) : String(user);
  if (owner.service !== undefined) identity.service = owner.service;
  if (owner.containerId !== undefined) identity.container = { id: owner.containerId };
  return identity;
}

/**
 * The kernel's name of the process, which is its file's until the process sets a title: a title may tell of users and
 * passwords, as arguments may, and is of no use as a name. What no file would be called is taken for one.
 */
function processName(name: string, executable: string | undefined): string {
  const file = basename(executable ?? "");
  const isTitle = !file.startsWith(name) && !/^[\p{L}\p{N}_.+@()-]+$/u.test(name);
  if (name !== "" && !THREAD_NAMES.has(name) && !isTitle) return name;
  return file === "" ? "unknown" : file.slice(0, 255);
}

function readProgram(processFolder: string, executable: string, files: ProcFileReader): string | undefined {
  if (!isInterpreter(executable)) return undefined;
  return unlessUnreadable(() => {
    const bytes = files.read(`${processFolder}/cmdline`, LONGEST_COMMAND_LINE);
    const argv = bytes.toString("utf8").split("\0");
    // What follows the last NUL is nothing, or an argument cut off by the limit or by a changed process title.
    argv.pop();
    return programOf(executable, argv);
  });
}
