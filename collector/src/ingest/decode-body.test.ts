import { gzipSync, zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { ApiError } from "../errors.ts";
import { decodeBody, ENROLMENT_BODY, REPORT_BODY } from "./decode-body.ts";

const decode = (body: Buffer | string, encoding?: string, kind = REPORT_BODY) =>
  decodeBody(Buffer.from(body), encoding, kind, (value) => value);

async function refusal(body: Buffer | string, encoding?: string): Promise<string> {
  const error: unknown = await decode(body, encoding).catch((reason: unknown) => reason);
  if (!(error instanceof ApiError)) throw new TypeError(`expected an ApiError, got ${String(error)}`);
  return `${error.code}: ${error.message}`;
}

const LARGE = { texts: Array.from({ length: 20_000 }, (_, index) => `é"\\{[,:${index}`) };

test.each([
  ["small", { a: [1, "2", { b: null }], ключ: '\\"{[}]:,' }],
  ["empty", {}],
  ["large, with what looks like structure in its texts", LARGE],
])("a body that is %s comes as it was sent, however it is packed", async (_name, value) => {
  for (const text of [JSON.stringify(value), JSON.stringify(value, undefined, 1)]) {
    expect(await decode(text)).toEqual(value);
    expect(await decode(gzipSync(text), "gzip")).toEqual(value);
    expect(await decode(zstdCompressSync(text), " ZSTD ")).toEqual(value);
  }
});

test("gzip in several members is one body", async () => {
  const members = ['{"a":', "[1,2", "]}"].map((part) => gzipSync(part));
  expect(await decode(Buffer.concat(members), "gzip")).toEqual({ a: [1, 2] });
});

test.each([
  ["a key twice", '{"a":1,"b":{"a":2},"a":3}', 'the key "a" twice'],
  ["a key twice, where a number grows by as much as that takes away", '{"a":1,"a":1e9}', 'the key "a" twice'],
  ["a key twice, deep and escaped", '{"x":[{"k":"\\"k\\":","\\u006b":1}]}', 'the key "k" twice'],
  ["__proto__", '{"__proto__":1}', '"__proto__"'],
  ["65 levels", `${"[".repeat(65)}${"]".repeat(65)}`, "64 levels"],
  ["a mark", "\uFEFF{}", "byte order mark"],
  ["bytes that are no UTF-8", Buffer.from([0x5b, 0x22, 0xc3, 0x28, 0x22, 0x5d]), "not UTF-8 near byte"],
])("%s is refused by name", async (_name, body, says) => {
  expect(await refusal(body)).toMatch(/^invalid_report: /);
  expect(await refusal(body)).toContain(says);
});

test("64 levels are taken, and a key may come again in another object", async () => {
  expect(await decode(`${"[".repeat(64)}${"]".repeat(64)}`)).toBeInstanceOf(Array);
  expect(await decode('[{"a":1},{"a":{"a":2}}]')).toEqual([{ a: 1 }, { a: { a: 2 } }]);
});

test("a large body waits until the one before it is used", async () => {
  const body = gzipSync(JSON.stringify(LARGE));
  const { promise, resolve } = Promise.withResolvers<void>();
  const order: string[] = [];
  const first = decodeBody(body, "gzip", REPORT_BODY, async () => {
    await promise;
    order.push("first");
  });
  const second = decodeBody(body, "gzip", REPORT_BODY, () => order.push("second"));
  await decodeBody(Buffer.from("{}"), undefined, REPORT_BODY, () => order.push("small"));
  await new Promise((done) => setTimeout(done, 50));
  resolve();
  await Promise.all([first, second]);
  expect(order).toEqual(["small", "first", "second"]);
});

test("an error of whoever uses the value is not taken for the body's", async () => {
  const failing = decodeBody(Buffer.from("{}"), undefined, REPORT_BODY, () => {
    throw new RangeError("synthetic");
  });
  await expect(failing).rejects.toThrow(RangeError);
});

test("an enrolment may unpack to little", async () => {
  const body = gzipSync(JSON.stringify({ hostname: ["x".repeat(40_000), "y".repeat(40_000)] }));
  await expect(decode(body, "gzip", ENROLMENT_BODY)).rejects.toMatchObject({ code: "too_large" });
});
