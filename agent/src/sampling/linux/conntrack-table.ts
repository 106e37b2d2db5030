import { spawn, spawnSync } from "node:child_process";
import { messageOf } from "../../errors.ts";
import { createLineSplitter } from "./line-splitter.ts";
import { ProcFileError, type ProcFileReader, readPieces, unlessUnreadable } from "./read-proc-file.ts";
import { TOOL_ENVIRONMENT } from "./tool-environment.ts";

/** About 300,000 rows. */
const LONGEST_TABLE = 64 * 1024 * 1024;
/** Less than from one reading to the next. */
const PATIENCE_MS = 8000;
/** Without a family it lists IPv4 only. */
const FAMILIES = ["ipv4", "ipv6"];

/** How a reading ended. */
export interface ConntrackEnd {
  /** Rows that the kernel has and the reading has not, as the table is longer than is read. */
  beyond: number;
}

/** Where what the host tracks is read, in the form of /proc/net/nf_conntrack. */
export interface ConntrackTable {
  /** For people. */
  from: string;
  /** To read the table makes the kernel walk all of its buckets, also where nothing is in them; this does not. */
  isEmpty(): boolean;
  /**
   * Hands over whole rows, piece by piece, as a table may be larger than the agent; then how that ended, or why the rest
   * could not be had. At once or later.
   */
  read(take: (rows: string) => void, over: (end: ConntrackEnd | Error) => void): void;
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
  const endOf = (isCut: boolean, rows: number): ConntrackEnd => ({
    beyond: isCut ? Math.max(1, (count() ?? 0) - rows) : 0,
  });
  try {
    files.read(file, 1);
    return {
      from: file,
      isEmpty,
      read(take, over) {
        const lines = createLineSplitter();
        const counter = rowCounter(take);
        try {
          const isCut =
            !isEmpty() && readPieces(file, longest, (piece) => counter.take(lines.push(piece.toString("latin1"))));
          over(endOf(isCut, counter.rows()));
        } catch (error) {
          over(error instanceof Error ? error : new Error(messageOf(error)));
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
    read(take, over) {
      const counter = rowCounter(take);
      if (isEmpty()) over({ beyond: 0 });
      else
        list(FAMILIES, longest, counter.take, (end) => over(end instanceof Error ? end : endOf(end, counter.rows())));
    },
  };
}

/** One family after the other; what the child costs is not known. Ends with whether one was cut. */
function list(
  [family, ...others]: readonly string[],
  longest: number,
  take: (rows: string) => void,
  over: (end: boolean | Error) => void,
  wasCut = false,
): void {
  if (family === undefined) return over(wasCut);
  const lines = createLineSplitter();
  let [length, complaint, failure] = [0, "", ""];
  const child = spawn("conntrack", ["-L", "-f", family, "-o", "extended"], {
    timeout: PATIENCE_MS / FAMILIES.length,
    killSignal: "SIGKILL",
    env: TOOL_ENVIRONMENT,
  });
  child.stdout.setEncoding("latin1").on("data", (piece: string) => {
    if (length < longest) take(lines.push(piece.slice(0, longest - length)));
    length += piece.length;
    if (length >= longest) child.kill("SIGKILL");
  });
  child.stderr.setEncoding("utf8").on("data", (piece: string) => (complaint = (complaint + piece).slice(0, 500)));
  child.once("error", (error) => (failure = messageOf(error)));
  child.once("close", (code, signal) => {
    const isCut = length >= longest;
    if (code === 0 || isCut) return list(others, longest, take, over, wasCut || isCut);
    return over(new Error(firstLine(complaint) || `conntrack -L: ${failure || `ended with ${code ?? signal}`}`));
  });
}

function rowCounter(take: (rows: string) => void) {
  let rows = 0;
  return {
    take(text: string): void {
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) rows += 1;
      if (text !== "") take(text);
    },
    rows: () => rows,
  };
}

function firstLine(text: string): string {
  return (text.trim().split("\n")[0] ?? "").slice(0, 200);
}
