import { decodeText } from "../../decode-text.ts";
import { messageOf } from "../../errors.ts";
import { filesBelow } from "../../inventory/addresses/files-below.ts";
import { readFileWithin } from "../../read-file-within.ts";
import { parseTask, type TaskPrincipal } from "./parse-task.ts";

/** A scheduled task with somebody's account. */
export interface TaskAccount extends TaskPrincipal {
  /** Its path as the Task Scheduler shows it: `\Backup\Nightly`. */
  task: string;
}

const DEEPEST = 8;
const MOST_FILES = 4096;
const MOST_BYTES = 256 * 1024;
/** Of all files together, far above what Windows brings along, so that reading them doesn't hold up the agent for long. */
const MOST_BYTES_IN_ALL = 32 * 1024 * 1024;

/**
 * Scheduled tasks that run under an account that somebody made: of this host or of a domain, which its name tells.
 * Windows' own accounts and groups are left out, as every host has hundreds of such tasks. What could not be read is
 * named; without administrators' rights that is most of it.
 *
 * @param root folder of Windows; the files are in System32\Tasks below it
 */
export function readScheduledTasks(root: string): {
  tasks: TaskAccount[];
  unread: { source: string; reason: string }[];
} {
  const folder = `${root}\\System32\\Tasks`;
  const { files, isCut, unread: closed } = filesBelow(folder, { deepest: DEEPEST, most: MOST_FILES });
  const unread = closed.map((reason) => ({ source: folder, reason }));
  if (isCut) {
    const reason = `more than ${MOST_FILES} files, or some below more than ${DEEPEST} folders`;
    unread.push({ source: folder, reason });
  }
  let left = MOST_BYTES_IN_ALL;
  let beyond = 0;
  const tasks = files.flatMap((file) => {
    if (left <= 0) {
      beyond++;
      return [];
    }
    const reading = readFileWithin(file, MOST_BYTES);
    if (reading.state === "missing") return [];
    if (reading.state !== "read") {
      unread.push({ source: file, reason: reading.reason });
      return [];
    }
    left -= reading.bytes.length;
    if (reading.isCut) {
      unread.push({ source: file, reason: `longer than ${MOST_BYTES} bytes` });
      return [];
    }
    try {
      const principals = parseTask(decodeText(reading.bytes)).filter(({ account }) => !isBuiltIn(account));
      const task = file.slice(folder.length).replaceAll("/", "\\");
      return principals.map((principal) => ({ task, ...principal }));
    } catch (error) {
      unread.push({ source: file, reason: messageOf(error) });
      return [];
    }
  });
  if (beyond > 0)
    unread.push({ source: folder, reason: `${beyond} files beyond the first ${MOST_BYTES_IN_ALL} bytes of all` });
  return { tasks, unread };
}

/** Well-known identifiers and names; an identifier that somebody's account has begins with S-1-5-21 or S-1-12-1. */
function isBuiltIn(account: string): boolean {
  if (/^S-1-/i.test(account)) return !/^S-1-(?:5-21|12-1)-/i.test(account);
  return /^(?:(?:NT AUTHORITY|NT SERVICE|BUILTIN)\\|(?:LocalSystem|SYSTEM|LOCAL ?SERVICE|NETWORK ?SERVICE|INTERACTIVE|Users|Administrators|Everyone)$)/i.test(
    account,
  );
}
