import { execFile, spawnSync } from "node:child_process";
import { messageOf } from "../../errors.ts";
import { ProcFileError, type ProcFileReader, unlessUnreadable } from "./read-proc-file.ts";
import { TOOL_ENVIRONMENT } from "./tool-environment.ts";

/** About 300,000 rows. */
const LONGEST_TABLE = 64 * 1024 * 1024;
/** Less than from one reading to the next. */
const PATIENCE_MS = 8000;
/** Without a family it lists IPv4 only. */
const FAMILIES = ["ipv4", "ipv6"];

/** Where what the host tracks is read, in the form of /proc/net/nf_conntrack. */
export interface ConntrackTable {
  /** For people. */
  from: string;
  /** Hands over the text, or why it could not be had; at once or later. */
  read(given: (table: string | Error) => void): void;
}

/**
 * The kernel's file; where the kernel has none (no CONFIG_NF_CONNTRACK_PROCFS), what the command `conntrack` lists, which
 * asks for root. A string says why there is neither.
 */
export function findConntrackTable(procRoot: string, files: ProcFileReader): ConntrackTable | string {
  const file = `${procRoot}/net/nf_conntrack`;
  const countFile = `${procRoot}/sys/net/netfilter/nf_conntrack_count`;
  // To read the table makes the kernel walk all of its buckets, also where nothing is in them.
  const isEmpty = (): boolean => unlessUnreadable(() => Number(files.read(countFile, 20)) === 0) === true;
  try {
    files.read(file, 1);
    return {
      from: file,
      read(given) {
        try {
          given(isEmpty() ? "" : files.read(file, LONGEST_TABLE).toString("latin1"));
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
  if (unlessUnreadable(() => files.read(countFile, 20)) === undefined) return "this host does not track connections";
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
    read: (given) => (isEmpty() ? given("") : list(FAMILIES, given)),
  };
}

/** One family after the other; what the child costs is not known. */
function list([family, ...others]: readonly string[], given: (table: string | Error) => void, before = ""): void {
  if (family === undefined) return given(before);
  const options = {
    timeout: PATIENCE_MS / FAMILIES.length,
    killSignal: "SIGKILL",
    maxBuffer: LONGEST_TABLE,
    encoding: "latin1",
    env: TOOL_ENVIRONMENT,
  } as const;
  execFile("conntrack", ["-L", "-f", family, "-o", "extended"], options, (error, table, complaint) => {
    if (error === null) return list(others, given, before + table);
    return given(new Error(firstLine(complaint) || `conntrack -L: ${messageOf(error)}`));
  });
}

function firstLine(text: string): string {
  return (text.trim().split("\n")[0] ?? "").slice(0, 200);
}
