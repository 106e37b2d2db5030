import type { Process } from "@portolan/protocol";
import { isInterpreter, programOf } from "../program/program-of.ts";
import type { Handle } from "../../windows/processes.ts";
import { withDriveLetter } from "./device-paths.ts";
import { parseCommandLine } from "./parse-command-line.ts";
import type { ListedProcess } from "./parse-process-list.ts";
import type { Win32 } from "./win32.ts";

/** The protocol's limits of a path and of a name. */
const LONGEST_PATH = 1024;
const LONGEST_NAME = 255;
/** The kernel itself (SMB and HTTP listeners among others): no file, no token. */
const SYSTEM_PID = 4;

/** What of a process could not be read for want of a right. */
export type DeniedField = "executable" | "user" | "services";

export interface Identified {
  name: string;
  executable: string | undefined;
  /** What an interpreter runs. */
  program?: string | undefined;
  /** Binary SID of the account it runs as. */
  sid: Buffer | undefined;
  denied: DeniedField[];
}

/**
 * A process by its pid. Undefined when the pid belongs to another process by now than the listed one.
 *
 * Its name, and its path where it may not be opened, come from the kernel's list, which everybody may read.
 */
export function identify(pid: number, listed: ListedProcess, win32: Win32): Identified | undefined {
  const name = nameOf(pid, listed);
  if (pid === SYSTEM_PID) return { name, executable: undefined, sid: undefined, denied: [] };
  const process = win32.openProcess(pid);
  if (Number(process) === 0) {
    const path = win32.imagePathOf(pid);
    const executable = path === undefined ? undefined : withDriveLetter(path, win32.deviceOf);
    return { name, executable, sid: undefined, denied: executable === undefined ? ["executable", "user"] : ["user"] };
  }
  try {
    if (win32.creationTime(process) !== listed.createdAt) return undefined;
    const executable = win32.imageName(process);
    const sid = win32.userOf(process);
    const denied: DeniedField[] = [];
    if (executable === undefined) denied.push("executable");
    if (sid === undefined) denied.push("user");
    return { name, executable, program: programIn(process, executable, win32), sid, denied };
  } finally {
    win32.close(process);
  }
}

/** The command line is asked for of interpreters only, and nothing but the program's name leaves this function. */
function programIn(process: Handle, executable: string | undefined, win32: Win32): string | undefined {
  if (executable === undefined || !isInterpreter(executable)) return undefined;
  const commandLine = win32.commandLine(process);
  return commandLine === undefined ? undefined : programOf(executable, parseCommandLine(commandLine));
}

/** What the protocol carries of it. */
export function processOf(
  { name, executable, program }: Identified,
  user: string | undefined,
  services: readonly string[],
): Process {
  const process: Process = { name };
  if (executable !== undefined) process.executable = cut(executable, LONGEST_PATH);
  if (program !== undefined) process.program = program.toWellFormed();
  if (user !== undefined) process.user = cut(user, LONGEST_NAME);
  if (services.length > 0) process.service = cut(services.join(", "), LONGEST_NAME);
  return process;
}

/** A process that is gone, by the path that a log kept of it. */
export function goneProcess(application: string, deviceOf: Win32["deviceOf"]): Process {
  const executable = withDriveLetter(application, deviceOf);
  const name = executable.split("\\").findLast((part) => part !== "") ?? "unknown";
  const process: Process = { name: cut(name, LONGEST_NAME) };
  if (executable.includes("\\")) process.executable = cut(executable, LONGEST_PATH);
  return process;
}

/** Windows lets names hold halves of UTF-16 pairs, and cutting may make one: neither can be stored as UTF-8. */
function cut(text: string, most: number): string {
  return text.slice(0, most).toWellFormed();
}

function nameOf(pid: number, { name }: ListedProcess): string {
  if (name !== "") return cut(name, LONGEST_NAME);
  return pid === SYSTEM_PID ? "System" : "unknown";
}
