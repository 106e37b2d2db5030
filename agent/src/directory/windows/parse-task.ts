import { walkXml } from "../../windows/walk-xml.ts";

/** A file that is not what the Task Scheduler writes. */
export class TaskError extends Error {
  override name = "TaskError";
}

/** Under whom a scheduled task runs. */
export interface TaskPrincipal {
  /** As it stands there: a name with or without its domain, or a security identifier. */
  account: string;
  /** Whoever of a group is signed on. */
  isGroup: boolean;
  /** Password, S4U, InteractiveToken, Group and others, by Microsoft's task schema; absent where the file leaves it out. */
  logonType?: string;
}

const PRINCIPAL = "Task/Principals/Principal";
const WANTED = new Map([
  [`${PRINCIPAL}/UserId`, "user"],
  [`${PRINCIPAL}/GroupId`, "group"],
  [`${PRINCIPAL}/LogonType`, "logonType"],
]);
const LONGEST = 1024;

/**
 * The principals of a task's XML; nothing else of it is kept, as its actions hold arguments. Document types are refused,
 * and with them entities of one's own.
 *
 * @throws TaskError where it is none, or damaged.
 */
export function parseTask(text: string): TaskPrincipal[] {
  const found: Map<string, string>[] = [];
  walkXml(text, TaskError, {
    onElement(where) {
      if (where !== "Task" && !where.startsWith("Task/")) throw new TaskError(`element ${where}, expected Task`);
      if (where === PRINCIPAL) found.push(new Map());
    },
    onText(where, content) {
      const key = WANTED.get(where);
      const principal = found.at(-1);
      if (key !== undefined) principal?.set(key, ((principal.get(key) ?? "") + content).slice(0, LONGEST));
    },
  });
  return found.flatMap((principal) => {
    const [user, group, logonType] = ["user", "group", "logonType"].map(
      (key) => principal.get(key)?.trim() || undefined,
    );
    const account = user ?? group;
    if (account === undefined) return [];
    return [{ account, isGroup: user === undefined, ...(logonType !== undefined && { logonType }) }];
  });
}
