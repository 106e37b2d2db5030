/** JSON Schema as zod writes it, no more of it than the protocol uses. */
export interface ValueSchema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: ValueSchema[];
  oneOf?: ValueSchema[];
  properties?: Record<string, ValueSchema>;
  required?: string[];
  items?: ValueSchema;
  minItems?: number;
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
}

type Random = () => number;

export const pick = <T>(from: readonly T[], random: Random): T => {
  const one = from[Math.floor(random() * from.length)];
  if (from.length === 0) throw new Error("nothing to pick from");
  return one as T;
};

const WORDS = [
  "nginx",
  "proc-net",
  "Asia/Seoul",
  "C:\\Program Files\\SQL\\sqlservr.exe",
  "서버-01",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "x\udfffy",
  "\u202e",
  "'; DROP TABLE hosts; --",
  "__proto__",
  "constructor",
  "%s%n",
  "😀".repeat(60),
  "\u0130\u0131ß",
  "  ",
];
const ADDRESSES: Record<string, readonly string[]> = {
  ipv4: ["10.0.0.1", "10.1.2.3", "127.0.0.1", "0.0.0.0", "255.255.255.255", "169.254.1.1", "224.0.0.1", "203.0.113.9"],
  ipv6: ["fd00::1", "::1", "::", "fe80::1", "::ffff:10.0.0.1", "2001:db8:0:0:0:0:0:1", "ff02::1", "64:ff9b::10.0.0.1"],
  cidrv4: ["10.0.0.0/8", "10.1.2.3/24", "0.0.0.0/0", "203.0.113.0/24", "10.0.0.1/32"],
  cidrv6: ["fd00::/8", "::/0", "2001:db8::1/64", "fe80::/10"],
};
const TIMES = [
  "2026-11-20T00:00:00.000Z",
  "2026-11-20T23:59:59.999Z",
  "2026-11-20T10:00:00+09:00",
  "2026-11-20T10:00:00.123456789Z",
  "2016-12-31T23:59:59Z",
  "1970-01-01T00:00:00Z",
  "9999-12-31T23:59:59.999Z",
  "0000-01-01T00:00:00Z",
  "2026-11-20T10:00:00-23:59",
];

function text(schema: ValueSchema, random: Random): string {
  const known = ADDRESSES[schema.format ?? ""];
  if (known) return pick(known, random);
  if (schema.format === "date-time") return pick(TIMES, random);
  if (schema.pattern?.includes("0-9a-f"))
    return Array.from(
      { length: 16 + Math.floor(random() * 48) },
      () => "0123456789abcdef"[Math.floor(random() * 16)],
    ).join("");
  const word = pick(WORDS, random);
  const longest = schema.maxLength ?? 2000;
  const long = random() < 0.1 ? word.repeat(Math.ceil(longest / word.length)) : word;
  return long.slice(0, longest).padEnd(schema.minLength ?? 0, "x");
}

function number({ minimum = -1e9, maximum = 1e9, type }: ValueSchema, random: Random): number {
  const at = random();
  if (at < 0.1) return Math.max(minimum, -Number.MAX_SAFE_INTEGER);
  if (at < 0.2) return Math.min(maximum, Number.MAX_SAFE_INTEGER);
  const value = minimum + random() * Math.min(maximum - minimum, 70_000);
  return type === "integer" ? Math.floor(value) : value;
}

/** A value that the schema allows, often at its edge. */
export function valueFor(schema: ValueSchema, random: Random): unknown {
  const among = schema.anyOf ?? schema.oneOf;
  if (among) return valueFor(pick(among, random), random);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return pick(schema.enum, random);
  switch (schema.type) {
    case "string":
      return text(schema, random);
    case "integer":
    case "number":
      return number(schema, random);
    case "boolean":
      return random() < 0.5;
    case "array":
      return Array.from({ length: (schema.minItems ?? 0) + Math.floor(random() ** 2 * 4) }, () =>
        valueFor(schema.items ?? {}, random),
      );
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).flatMap(([key, part]) =>
          schema.required?.includes(key) || random() < 0.6 ? [[key, valueFor(part, random)]] : [],
        ),
      );
    default:
      return pick([null, 0, "x", [], {}, { nested: [1, { two: 2 }] }], random);
  }
}

const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
/** As text, because some of it is awkward to have as a value. */
const NASTY = [
  "null true false 0 -0 -1 1.5 1e308 9007199254740992 -9007199254740992 65536 4294967296 1e-320".split(" "),
  ['""', '" "', '"\\ud800"', '"\\u0000"', `"${"x".repeat(5000)}"`, '"NaN"', '"1e999"'],
  ['"10.0.0.256"', '"::ffff:1.2.3.4.5"', '"fe80::1%eth0"'],
  ["[]", "{}", "[[]]", "[null]", '{"length":5}', '{"toString":1}', '{"toJSON":1}', '{"then":1}'],
  ['{"constructor":{"prototype":1}}', nested(30), nested(70), `["${"0".repeat(300)}"]`],
  [`[${Array.from({ length: 200 }, () => "null").join()}]`],
].flat(1);
const STRANGE_KEYS = [
  "constructor",
  "hasOwnProperty",
  "toString",
  "toJSON",
  "then",
  "",
  "0",
  "\u0000",
  "\ud800",
  "x".repeat(300),
];

const nasty = (random: Random) => JSON.parse(pick(NASTY, random)) as unknown;

/** The same with one to three places spoilt: another value, one less, one more, or a list where an object was. */
export function spoilt(value: unknown, random: Random): unknown {
  const copy = structuredClone(value);
  for (let left = 1 + Math.floor(random() * 3); left > 0; left -= 1) {
    let at = copy as Record<string, unknown>;
    for (;;) {
      const keys = Object.keys(at);
      const key = keys.length === 0 ? undefined : pick(keys, random);
      const next = key === undefined ? undefined : at[key];
      if (typeof next === "object" && next !== null && random() < 0.75) {
        at = next as Record<string, unknown>;
        continue;
      }
      const how = random();
      if (Array.isArray(at) && how < 0.3) at.push(nasty(random));
      else if (key === undefined || how < 0.2) at[pick(STRANGE_KEYS, random)] = nasty(random);
      else if (how < 0.4) delete at[key];
      else if (how < 0.5 && typeof next === "object") at[key] = { ...next };
      else at[key] = nasty(random);
      break;
    }
  }
  return copy;
}

/** Bytes flipped, cut out, doubled or put in, one to four times. */
export function spoiltBytes(bytes: Buffer, random: Random): Buffer {
  let spoilt: Buffer = Buffer.from(bytes);
  for (let left = 1 + Math.floor(random() * 4); left > 0; left -= 1) {
    const at = Math.floor(random() * spoilt.length);
    const how = random();
    const byte = Buffer.of(Math.floor(random() * 256));
    if (how < 0.5 && spoilt.length > 0) spoilt[at] = byte[0] ?? 0;
    else if (how < 0.65) spoilt = spoilt.subarray(0, at);
    else if (how < 0.8) spoilt = Buffer.concat([spoilt.subarray(0, at), spoilt.subarray(Math.floor(at / 2))]);
    else spoilt = Buffer.concat([spoilt.subarray(0, at), byte, spoilt.subarray(at)]);
  }
  return spoilt;
}
