/** For tests: what a synthetic database holds and nobody must see. */
export const SYNTHETIC_PASSWORD = "NeverShowThisPassword";
const CHAINS = 3;

/** A synthetic trivial database with one record after the other in chain 1; `isLittle`: of which machine. */
export function syntheticTdb(keys: readonly string[], isLittle = true): Buffer {
  const number = (value: number): Buffer => {
    const buffer = Buffer.alloc(4);
    if (isLittle) buffer.writeUInt32LE(value);
    else buffer.writeUInt32BE(value);
    return buffer;
  };
  const header = Buffer.alloc(168 + 4 + CHAINS * 4);
  header.write("TDB file\n");
  number(0x26011967 + 6).copy(header, 32);
  number(CHAINS).copy(header, 36);
  const parts = [header];
  let at = header.length;
  number(keys.length > 0 ? at : 0).copy(header, 168 + 4 + 4);
  for (const [index, key] of keys.entries()) {
    const data = Buffer.from(`${key}\0${SYNTHETIC_PASSWORD}`);
    const next = index + 1 < keys.length ? at + 24 + data.length : 0;
    const fields = [next, data.length, key.length + 1, SYNTHETIC_PASSWORD.length, 0, 0x26011999].map(number);
    parts.push(Buffer.concat([...fields, data]));
    at += 24 + data.length;
  }
  return Buffer.concat(parts);
}
