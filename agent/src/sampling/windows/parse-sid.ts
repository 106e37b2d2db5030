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
