/** The process to which a thread belongs, from /proc/TID/status. */
export function parseStatusProcess(bytes: Uint8Array): number | undefined {
  const digits = /^Tgid:\t(?<pid>\d{1,10})(?:\n|$)/m.exec(Buffer.from(bytes).toString("latin1"))?.groups?.["pid"];
  return digits === undefined ? undefined : Number(digits);
}

/** The effective user id in /proc/PID/status (proc(5)); undefined where there is none. */
export function parseStatusUser(bytes: Uint8Array): number | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  // Real, effective, saved, file system.
  const match = /^Uid:\t\d+\t(\d{1,10})(?:\t|$)/m.exec(text);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
