import { withoutZone } from "../address-text.ts";

/** What Windows Firewall let through or held back, as its log tells. */
export interface FirewallEntry {
  kind: "allowed" | "dropped";
  protocol: "tcp" | "udp";
  direction: "inbound" | "outbound";
  localAddress: string;
  localPort: number;
  remoteAddress: string;
  remotePort: number;
  /** Local time as the log has it: "2026-11-21 12:30:05". */
  time: string;
  /** Absent in logs before Windows 11 and Server 2025. */
  pid?: number;
}

export interface ParsedFirewallLog {
  entries: FirewallEntry[];
  /** Rows that made no sense, and those that the firewall itself says it lost. */
  lost: number;
  /** All rows, whatever became of them. */
  rows: number;
}

const ACTIONS: Record<string, FirewallEntry["kind"]> = { ALLOW: "allowed", DROP: "dropped" };
const DIRECTIONS: Record<string, FirewallEntry["direction"]> = { RECEIVE: "inbound", SEND: "outbound" };
const NEEDED = ["date", "time", "action", "protocol", "src-ip", "dst-ip", "src-port", "dst-port", "path"];
/** Longer than any row: what has no end by then is no row. */
const LONGEST_ROW = 4096;

/**
 * Reads a Windows Firewall log (pfirewall.log) piece by piece, as it grows. The `#Fields:` line says which column holds
 * what; a row is read when its end has come. Rows of other protocols, and forwarded ones, are none of a socket's. `reset`
 * begins another file, and says how many rows the one before lost as their end never came.
 */
export function createFirewallLogParser(): { parse(text: string): ParsedFirewallLog; reset(): number } {
  let columns: ReadonlyMap<string, number> | undefined;
  let width = 0;
  let rest = "";

  function header(line: string): void {
    if (!line.startsWith("#Fields:")) return;
    const names = line.slice("#Fields:".length).trim().split(/\s+/);
    columns = new Map(names.map((name, index) => [name, index]));
    width = names.length;
    if (NEEDED.some((name) => columns?.has(name) !== true)) columns = undefined;
  }

  function parse(text: string): ParsedFirewallLog {
    const parsed: ParsedFirewallLog = { entries: [], lost: 0, rows: 0 };
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_ROW) {
      rest = "";
      parsed.lost += 1;
    }
    for (const ended of lines) {
      const line = ended.trim();
      if (line === "") continue;
      if (line.startsWith("#")) {
        header(line);
        continue;
      }
      parsed.rows += 1;
      const cells = line.split(" ");
      const entry = columns === undefined || cells.length !== width ? undefined : entryOf(cells, columns);
      if (entry === undefined) parsed.lost += 1;
      else if (typeof entry === "number") parsed.lost += entry;
      else if (entry !== "other") parsed.entries.push(entry);
    }
    return parsed;
  }

  return {
    parse,
    reset() {
      const lost = rest.trim() === "" ? 0 : 1;
      rest = "";
      columns = undefined;
      return lost;
    },
  };
}

/** How many rows were lost, by the log's own word; "other" for what is no socket's; undefined where it makes no sense. */
function entryOf(
  cells: readonly string[],
  columns: ReadonlyMap<string, number>,
): FirewallEntry | number | "other" | undefined {
  const cell = (name: string): string => cells[columns.get(name) ?? -1] ?? "-";
  const action = cell("action");
  if (action === "INFO-EVENTS-LOST") return Number(/^\d+$/.exec(cell("info"))?.[0] ?? 1);
  const [kind, direction] = [ACTIONS[action], DIRECTIONS[cell("path")]];
  const protocol = cell("protocol").toLowerCase();
  if (protocol !== "tcp" && protocol !== "udp") return "other";
  // Of older systems' OPEN and CLOSE, and of what is routed, no direction is told.
  if (kind === undefined || direction === undefined) return "other";
  const [source, destination] = [withoutZone(cell("src-ip")), withoutZone(cell("dst-ip"))];
  const [sourcePort, destinationPort] = [port(cell("src-port")), port(cell("dst-port"))];
  const time = `${cell("date")} ${cell("time")}`;
  if (source === undefined || destination === undefined || sourcePort === undefined) return undefined;
  if (destinationPort === undefined || !/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(time)) return undefined;
  const ends =
    direction === "outbound"
      ? { localAddress: source, localPort: sourcePort, remoteAddress: destination, remotePort: destinationPort }
      : { localAddress: destination, localPort: destinationPort, remoteAddress: source, remotePort: sourcePort };
  const pid = /^\d+$/.exec(cell("pid"))?.[0];
  return { kind, protocol, direction, ...ends, time, ...(pid !== undefined && { pid: Number(pid) }) };
}

function port(text: string): number | undefined {
  const value = Number(text);
  return /^\d{1,5}$/.test(text) && value <= 65_535 ? value : undefined;
}
