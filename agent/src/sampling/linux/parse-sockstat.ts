/**
 * One counter of /proc/net/sockstat or sockstat6 (net/ipv4/proc.c of Linux), such as `inuse` of the line `TCP6: inuse 4`;
 * undefined where it is missing.
 */
export function parseSockstat(bytes: Uint8Array, line: string, counter: string): number | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  const words = text.split("\n").map((row) => row.trim().split(" "));
  const row = words.find(([name]) => name === `${line}:`) ?? [];
  for (let index = 1; index + 1 < row.length; index += 2) {
    if (row[index] === counter && /^\d{1,15}$/.test(row[index + 1] ?? "")) return Number(row[index + 1]);
  }
  return undefined;
}
