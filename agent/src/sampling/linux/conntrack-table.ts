import { execFile, spawnSync } from "node:child_process";
import { codeOf, messageOf } from "../../errors.ts";
import { ProcFileError, type ProcFileReader, unlessUnreadable } from "./read-proc-file.ts";
import { TOOL_ENVIRONMENT } from "./tool-environment.ts";

/** About 300,000 rows. */
const LONGEST_TABLE = 64 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);
/** Less than from one reading to the next. */
const PATIENCE_MS = 8000;
/** Without a family it lists IPv4 only. */
const FAMILIES = ["ipv4", "ipv6"];

/** Whole rows of the table, as text. */
export interface ConntrackReading {
  text: string;
  /** Rows that the kernel has and the text has not, as the table is longer than is read. */
  beyond: number;
}

/** Where what the host tracks is read, in the form of /proc/net/nf_conntrack. */
export interface ConntrackTable {
  /** For people. */
  from: string;
  /** To read the table makes the kernel walk all of its buckets, also where nothing is in them; this does not. */
  isEmpty(): boolean;
  /** Hands over the rows, or why they could not be had; at once or later. */
  read(given: (reading: ConntrackReading | Error) => void): void;
}

/**
 * The kernel's file; where the kernel has none (no CONFIG_NF_CONNTRACK_PROCFS), what the command `conntrack` lists, which
 * asks for root. A string says why there is neither.
 *
 * @param longest bytes that are read of it
 */
export function findConntrackTable(
  procRoot: string,
  files: ProcFileReader,
  longest = LONGEST_TABLE,
): ConntrackTable | string {
  const file = `${procRoot}/net/nf_conntrack`;
  const countFile = `${procRoot}/sys/net/netfilter/nf_conntrack_count`;
  const count = (): number | undefined => unlessUnreadable(() => Number(files.read(countFile, 20)));
  const isEmpty = (): boolean => count() === 0;
  const readingOf = (text: string, isCut: boolean): ConntrackReading =>
    isCut ? { text, beyond: Math.max(1, (count() ?? 0) - rowsIn(text)) } : { text, beyond: 0 };
  try {
    files.read(file, 1);
    return {
      from: file,
      isEmpty,
      read(given) {
        try {
          const bytes = isEmpty() ? NOTHING : files.read(file, longest);
          const isCut = bytes.length === longest;
          // Before the count is read: it takes the same buffer.
          const text = bytes.toString("latin1");
          given(readingOf(isCut ? wholeRows(text) : text, isCut));
        } catch (error) {
          given(error instanceof Error ? error : new Error(messageOf(error)));
        }
      },
    };
  } catch (error) {
    if (!(error instanceof ProcFileError)) throw error;
    if (error.kind === "denied") return `${file}: permission denied`;
    if (error.kind !== "missing") return error.message;
  }
  // A host that does not track has no count either: there, too, the command would load modules, which no guest does.
  if (count() === undefined) return "this host does not track connections";
  const modules = unlessUnreadable(() => files.read(`${procRoot}/modules`).toString("latin1")) ?? "";
  if (/^nf_conntrack /m.test(modules) && !/^nf_conntrack_netlink /m.test(modules))
    return "the kernel has no /proc/net/nf_conntrack, and conntrack would load its module nf_conntrack_netlink";
  const { error, status, stderr } = spawnSync("conntrack", ["-C"], {
    encoding: "utf8",
    timeout: PATIENCE_MS,
    env: TOOL_ENVIRONMENT,
  });
  if (error) return "the kernel has no /proc/net/nf_conntrack, and conntrack (conntrack-tools) is not installed";
  if (status !== 0) return `the kernel has no /proc/net/nf_conntrack, and ${firstLine(stderr)}`;
  return {
    from: "conntrack -L, as the kernel has no /proc/net/nf_conntrack",
    isEmpty,
    read(given) {
      if (isEmpty()) given({ text: "", beyond: 0 });
      else
        list(FAMILIES, longest, ({ text, isCut, failure }) =>
          given(failure === undefined ? readingOf(text, isCut) : new Error(failure)),
        );
    },
  };
}

interface Listed {
  text: string;
  isCut: boolean;
  failure?: string;
}

/** One family after the other; what the child costs is not known. */
function list(
  [family, ...others]: readonly string[],
  longest: number,
  given: (listed: Listed) => void,
  before: Listed = { text: "", isCut: false },
): void {
  if (family === undefined) return given(before);
  const options = {
    timeout: PATIENCE_MS / FAMILIES.length,
    killSignal: "SIGKILL",
    maxBuffer: longest,
    encoding: "latin1",
    env: TOOL_ENVIRONMENT,
  } as const;
  execFile("conntrack", ["-L", "-f", family, "-o", "extended"], options, (error, table, complaint) => {
    const isCut = codeOf(error) === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER";
    if (error !== null && !isCut)
      return given({ ...before, failure: firstLine(complaint) || `conntrack -L: ${messageOf(error)}` });
    const text = before.text + (isCut ? wholeRows(table) : table);
    return list(others, longest, given, { text, isCut: isCut || before.isCut });
  });
}

/** Without the row in which a reading ended. */
function wholeRows(text: string): string {
  return text.slice(0, text.lastIndexOf("\n") + 1);
}

function rowsIn(text: string): number {
  let rows = 0;
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) rows += 1;
  return rows;
}

function firstLine(text: string): string {
  return (text.trim().split("\n")[0] ?? "").slice(0, 200);
}
