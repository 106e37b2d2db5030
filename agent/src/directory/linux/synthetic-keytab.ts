/** For tests: a synthetic keytab in MIT's format, with a key that must never be seen again. */
export const SYNTHETIC_KEY = "NeverShowThisKey";

interface SyntheticEntry {
  /** `M1$`, `host/m1.corp.example`. */
  name: string;
  realm?: string;
  keyVersion?: number;
  /** Seconds since 1970 UTC. */
  timestamp?: number;
}

/** @param version 2, or 1 as in the byte order of a little-endian machine */
export function syntheticKeytab(entries: readonly SyntheticEntry[], version: 1 | 2 = 2): Buffer {
  const isLittle = version === 1;
  const number = (bytes: number, value: number): Buffer => {
    const buffer = Buffer.alloc(bytes);
    if (isLittle) buffer.writeUIntLE(value, 0, bytes);
    else buffer.writeUIntBE(value, 0, bytes);
    return buffer;
  };
  const counted = (text: string): Buffer => Buffer.concat([number(2, Buffer.byteLength(text)), Buffer.from(text)]);
  const parts = entries.map(({ name, realm = "CORP.EXAMPLE", keyVersion = 2, timestamp = 1_795_260_764 }) => {
    const components = name.split("/");
    const entry = Buffer.concat([
      number(2, components.length + (isLittle ? 1 : 0)),
      ...[realm, ...components].map(counted),
      ...(isLittle ? [] : [number(4, 1)]),
      number(4, timestamp),
      number(1, keyVersion & 255),
      number(2, 18),
      counted(SYNTHETIC_KEY),
      number(4, keyVersion),
    ]);
    return Buffer.concat([number(4, entry.length), entry]);
  });
  return Buffer.concat([Buffer.from([5, version]), ...parts]);
}
