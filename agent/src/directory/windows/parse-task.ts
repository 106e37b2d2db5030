import sax from "sax";

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
/** No file of the Task Scheduler nests deeper than this by far. */
const DEEPEST = 64;
const LONGEST = 1024;

/**
 * The principals of a task's XML; nothing else of it is kept, as its actions hold arguments. Document types are refused,
 * and with them entities of one's own.
 *
 * @throws TaskError naming the line.
 */
export function parseTask(text: string): TaskPrincipal[] {
  const found: Map<string, string>[] = [];
  const path: string[] = [];
  let hasRoot = false;
  const parser = sax.parser(true, { position: true });
  const refuse = (reason: string): never => {
    throw new TaskError(`line ${parser.line + 1}: ${reason}`);
  };
  const take = (content: string): void => {
    const key = WANTED.get(path.join("/"));
    const principal = found.at(-1);
    // A comment parts a text in two.
    if (key !== undefined) principal?.set(key, ((principal.get(key) ?? "") + content).slice(0, LONGEST));
  };
  // An error's first line says what; without its handler a file that ends too early would pass.
  const onerror = (error: Error) => refuse(error.message.split("\n", 1)[0] ?? "");
  Object.assign(parser, { onerror, ontext: take });
  parser.ondoctype = () => refuse("a document type, which no task has");
  parser.onopentag = ({ name }) => {
    path.push(name);
    hasRoot = true;
    if (path.length > DEEPEST) refuse(`elements within ${DEEPEST} others`);
    if (path.length === 1 && name !== "Task") refuse(`an element "${name.slice(0, 64)}", expected "Task"`);
    if (path.join("/") === PRINCIPAL) found.push(new Map());
  };
  parser.onclosetag = () => void path.pop();
  parser.write(text).close();
  if (!hasRoot) refuse("no element");
  return found.flatMap((principal) => {
    const [user, group, logonType] = ["user", "group", "logonType"].map(
      (key) => principal.get(key)?.trim() || undefined,
    );
    const account = user ?? group;
    if (account === undefined) return [];
    return [{ account, isGroup: user === undefined, ...(logonType !== undefined && { logonType }) }];
  });
}
