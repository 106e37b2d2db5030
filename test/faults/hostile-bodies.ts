import { constants, gzipSync, zstdCompressSync } from "node:zlib";

/** A body that no agent sends, and what the collector has to say about it. */
export interface HostileBody {
  name: string;
  body: Buffer;
  encoding?: "gzip" | "zstd" | "br";
  /** Without Content-Length, in pieces. */
  chunked?: boolean;
  status: 400 | 413 | 415;
  /** Stands in the answer's detail or issues. */
  says: RegExp;
}

const MIB = 1024 * 1024;
const WINDOW = { from: "2026-11-20T00:00:00.000Z", to: "2026-11-20T00:01:00.000Z" };
const FLOW = {
  protocol: "tcp",
  direction: "inbound",
  localAddress: "10.0.0.1",
  remoteAddress: "10.0.0.2",
  serverPort: 80,
  connections: 1,
  firstSeen: WINDOW.from,
  lastSeen: WINDOW.to,
  sources: ["proc-net"],
};
const PLAIN_PROCESS = { name: "nginx" };
const LISTENER = { protocol: "tcp", address: "10.0.0.1", port: 80 };
const SOURCE = { name: "proc-net", ok: true, observations: 1, lost: 0, gapMs: 0, cpuMs: 0, blindTo: [] };

function envelope(agentId: string) {
  return {
    protocolVersion: 1,
    agent: { id: agentId, version: "0.1.0" },
    sequence: { epoch: "fedcba9876543210", number: 1 },
    window: WINDOW,
    sentAt: WINDOW.to,
    timeZone: "UTC",
    sources: [SOURCE],
    processes: [PLAIN_PROCESS],
    flows: [FLOW],
  };
}

/** The JSON of a report with text in place of one value. */
function reportWith(agentId: string, key: string, json: string): string {
  const { [key as "flows"]: _, ...rest } = envelope(agentId);
  return `${JSON.stringify(rest).slice(0, -1)},${JSON.stringify(key)}:${json}}`;
}

const list = (item: unknown, count: number) => JSON.stringify(Array.from({ length: count }, () => item));
/** Many gzip members one after the other, which unpack to one text (RFC 1952 2.2). */
const members = (piece: Buffer, count: number) =>
  Buffer.concat(Array.from({ length: count }, () => gzipSync(piece, { level: 9 })));
const longWindow = { params: { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 } };

function bombs(agentId: string): HostileBody[] {
  const zeros = Buffer.alloc(64 * MIB);
  const flows = reportWith(agentId, "flows", list(FLOW, 400_000));
  const gzip = { encoding: "gzip", status: 413 } as const;
  const zstd = { encoding: "zstd", status: 413 } as const;
  return [
    { ...gzip, name: "64 MiB of zeros", body: gzipSync(zeros), says: /65536 bytes in one text/ },
    { ...zstd, name: "64 MiB of zeros, zstd", body: zstdCompressSync(zeros), says: /65536 bytes in one text/ },
    {
      ...gzip,
      name: "1 GiB in 64 members",
      body: members(Buffer.alloc(16 * MIB, " "), 64),
      says: /65536 bytes in one text/,
    },
    { ...gzip, name: "flows without end", body: gzipSync(flows), says: /50000 items/ },
    { ...zstd, name: "flows without end, zstd", body: zstdCompressSync(flows), says: /50000 items/ },
    {
      ...gzip,
      name: "texts of 60 KiB without end",
      body: gzipSync(`[${`"${"a".repeat(60 * 1024)}",`.repeat(1000)}`),
      says: /16777216 bytes of JSON/,
    },
    {
      ...zstd,
      name: "texts of 60 KiB without end, zstd",
      body: zstdCompressSync(`[${`"${"a".repeat(60 * 1024)}",`.repeat(1000)}`),
      says: /16777216 bytes of JSON/,
    },
    {
      ...gzip,
      name: "lists of lists of nothing",
      body: gzipSync(`[${`[${"{},".repeat(40_000)}{}],`.repeat(100)}0]`),
      says: /400000 lists and objects/,
    },
    {
      ...gzip,
      name: "a million keys",
      body: gzipSync(`{${Array.from({ length: 1_000_000 }, (_, index) => `"k${index}":0`).join()}}`),
      says: /50000 items/,
    },
    { ...gzip, name: "quotes without end", body: gzipSync('"'.repeat(32 * MIB)), says: /16777216 bytes of JSON/ },
    { ...gzip, name: "10 million open lists", body: gzipSync("[".repeat(10_000_000)), status: 400, says: /64 levels/ },
    {
      ...zstd,
      name: "a window of 128 MiB",
      body: zstdCompressSync(zeros, longWindow),
      status: 400,
      says: /not zstd: .*memory/,
    },
    {
      ...gzip,
      name: "a bomb in a bomb",
      body: gzipSync(gzipSync(zeros, { level: 9 })),
      status: 400,
      says: /not UTF-8|not JSON/,
    },
  ];
}

function largeBodies(agentId: string): HostileBody[] {
  const long = `"${"a".repeat(8 * MIB - 100)}"`;
  return [
    { name: "a text of 8 MiB", body: Buffer.from(long), status: 413, says: /65536 bytes in one text/ },
    { name: "a text of 8 MiB in chunks", body: Buffer.from(long), chunked: true, status: 413, says: /65536 bytes/ },
    { name: "9 MiB", body: Buffer.alloc(9 * MIB, " "), status: 413, says: /more than 8388608 bytes/ },
    { name: "9 MiB in chunks", body: Buffer.alloc(9 * MIB, " "), chunked: true, status: 413, says: /8388608 bytes/ },
    {
      name: "a number of a million digits",
      body: Buffer.from(reportWith(agentId, "protocolVersion", "1".repeat(1_000_000))),
      status: 413,
      says: /65536 bytes in one text, number/,
    },
    {
      name: "flows over the limit",
      body: gzipSync(reportWith(agentId, "flows", list(FLOW, 50_001))),
      encoding: "gzip",
      status: 413,
      says: /50000 items/,
    },
    {
      name: "listeners over the limit",
      body: gzipSync(reportWith(agentId, "listeners", list(LISTENER, 20_001))),
      encoding: "gzip",
      status: 400,
      says: /listeners.*20000/,
    },
    {
      name: "processes over the limit",
      body: gzipSync(reportWith(agentId, "processes", list(PLAIN_PROCESS, 20_001))),
      encoding: "gzip",
      status: 400,
      says: /processes.*20000/,
    },
  ];
}

const text = (name: string, json: string | Buffer, says: RegExp): HostileBody => ({
  name,
  body: Buffer.from(json),
  status: 400,
  says,
});

function wrongTexts(agentId: string): HostileBody[] {
  const good = JSON.stringify(envelope(agentId));
  const nested = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
  const inText = Buffer.from(reportWith(agentId, "timeZone", '"U?C"'));
  inText[inText.indexOf("?")] = 0xff;
  return [
    text("10,000 levels of lists", reportWith(agentId, "flows", nested), /64 levels/),
    text("10,000 levels of objects", `${'{"a":'.repeat(10_000)}0${"}".repeat(10_000)}`, /64 levels/),
    text("more closed than opened", "]".repeat(10_000), /closes more/),
    text("bytes that are no UTF-8", inText, /not UTF-8 near byte \d+/),
    text(
      "a lone surrogate in UTF-8",
      Buffer.concat([Buffer.from('"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"')]),
      /not UTF-8/,
    ),
    text("UTF-16", Buffer.from(good, "utf16le"), /not JSON/),
    text("a byte order mark", `\uFEFF${good}`, /byte order mark/),
    text("a key twice", reportWith(agentId, "flows", "[]").replace("{", '{"flows":[],'), /key \\"flows\\" twice/),
    text(
      "a key twice in a flow",
      reportWith(agentId, "flows", '[{"a":1,"b":{"c":"}\\"{"},"a":2}]'),
      /key \\"a\\" twice/,
    ),
    text("a key twice, once escaped", good.replace("{", '{"\\u0066lows":[],'), /key \\"flows\\" twice/),
    text("__proto__", good.replace("{", '{"__proto__":{"flows":[]},'), /__proto__/),
    text("__proto__ in a flow, escaped", reportWith(agentId, "flows", '[{"__pr\\u006fto__":1}]'), /__proto__/),
    text("NaN", reportWith(agentId, "protocolVersion", "NaN"), /not JSON/),
    text("Infinity", reportWith(agentId, "protocolVersion", "-Infinity"), /not JSON/),
    text(
      "a number beyond all numbers",
      reportWith(agentId, "sequence", '{"epoch":"fedcba9876543210","number":1e999}'),
      /sequence\.number/,
    ),
    text(
      "a number beyond whole numbers",
      reportWith(agentId, "sequence", '{"epoch":"fedcba9876543210","number":9007199254740993}'),
      /sequence\.number/,
    ),
    text("sources over the limit", reportWith(agentId, "sources", list(SOURCE, 65)), /sources.*64/),
    text("a name that is too long", reportWith(agentId, "timeZone", `"${"x".repeat(60_000)}"`), /timeZone/),
    text("nothing", "", /not JSON/),
    { ...text("a cut gzip", gzipSync(good).subarray(0, -9), /not gzip: unexpected end/), encoding: "gzip" },
    { ...text("a cut zstd", zstdCompressSync(good).subarray(0, -3), /not zstd: unexpected end/), encoding: "zstd" },
    { ...text("zstd that says gzip", zstdCompressSync(good), /not gzip/), encoding: "gzip" },
    { ...text("an encoding that nobody takes", good, /expected gzip, zstd or none/), encoding: "br", status: 415 },
  ];
}

/** Everything that must be refused, and cheaply. */
export function hostileBodies(agentId: string): HostileBody[] {
  return [...bombs(agentId), ...largeBodies(agentId), ...wrongTexts(agentId)];
}
