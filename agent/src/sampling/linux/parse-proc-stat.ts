/** What tells one process from another that got its pid later. */
export interface ProcStat {
  /** As the kernel keeps it: at most 15 bytes; may be empty. */
  name: string;
  /** Clock ticks between boot and the process's start. */
  startTime: number;
}

/** Reads /proc/PID/stat (proc(5)); undefined where it is not one. The name may itself hold spaces and brackets. */
export function parseProcStat(bytes: Uint8Array): ProcStat | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  if (open === -1 || close < open) return undefined;
  // Field 22, counted from the state, which is field 3 and follows the bracket.
  const startTime = text.slice(close + 2).split(" ", 20)[19];
  if (startTime === undefined || !/^\d{1,19}$/.test(startTime)) return undefined;
  return { name: text.slice(open + 1, close), startTime: Number(startTime) };
}
