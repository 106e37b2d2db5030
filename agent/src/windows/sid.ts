/**
 * A binary SID as text, such as S-1-5-18: winnt.h, SID (revision, count, authority of 6 bytes in network order, then
 * `count` sub-authorities). Undefined where it is none.
 */
export function parseSid(bytes: Buffer): string | undefined {
  const count = bytes[1] ?? 0;
  if (bytes[0] !== 1 || bytes.length < 8 + 4 * count) return undefined;
  const parts = Array.from({ length: count }, (_, index) => bytes.readUInt32LE(8 + 4 * index));
  return ["S-1", bytes.readUIntBE(2, 6), ...parts].join("-");
}

/** The other way round, of S-1-AUTHORITY-PART…, each part of 32 bits; undefined where the text is none. */
export function sidBytes(text: string): Buffer | undefined {
  const match = /^S-1-(?<authority>\d{1,15})(?<parts>(?:-\d{1,10}){1,15})$/i.exec(text);
  const { authority = "", parts = "" } = match?.groups ?? {};
  const numbers = parts.split("-").slice(1).map(Number);
  if (match === null || Number(authority) >= 2 ** 48 || numbers.some((part) => part >= 2 ** 32)) return undefined;
  const bytes = Buffer.alloc(8 + 4 * numbers.length);
  bytes[0] = 1;
  bytes[1] = numbers.length;
  bytes.writeUIntBE(Number(authority), 2, 6);
  for (const [index, part] of numbers.entries()) bytes.writeUInt32LE(part, 8 + 4 * index);
  return bytes;
}
