import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseTraceFormat } from "./parse-trace-format.ts";
import { parseTracePage } from "./parse-trace-page.ts";

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
function formatOf(name: string) {
  const format = parseTraceFormat(fixture(name).toString());
  if (!format) throw new Error(`${name} is no format`);
  return format;
}
/** Recorded on Linux 6.18: connections between two namespaces over addresses 10.77.0.x, and others over loopback. */
const header = formatOf("trace-header-page.txt");
const format = formatOf("trace-format.txt");
const page = fixture("trace-page.bin");

test("a recorded page gives connect() by its process, and what was accepted", () => {
  const { changes, records, unreadable } = parseTracePage(page, header, format);
  expect([unreadable, records]).toEqual([0, changes.length]);
  const text = changes
    .map((change) => ({ ...change, from: change.localAddress.join("."), to: change.remoteAddress.join(".") }))
    .filter(({ from, to }) => `${from} ${to}`.includes("10.77.0."));
  const ofServer = { pid: expect.any(Number), oldState: 3, newState: 1, localPort: expect.any(Number) };
  expect(
    text.filter(({ newState }) => newState === 2).map(({ from, to, remotePort }) => [from, to, remotePort]),
  ).toEqual([10_000, 10_001, 10_002, 10_003].map((port) => ["10.77.0.2", "10.77.0.1", port]));
  const accepted = text.filter(({ newState }) => newState === 1);
  expect(accepted.map(({ localPort }) => localPort)).toEqual([10_000, 10_001, 10_002, 10_003]);
  expect(accepted[0]).toMatchObject(ofServer);
  // The server listens on ::, so its socket is one of IPv6 with mapped addresses.
  expect(accepted[0]?.localAddress).toHaveLength(16);
});

test("a page that is cut off, or of another event, gives what can be read and counts the rest", () => {
  expect(parseTracePage(page.subarray(0, 100), header, format)).toMatchObject({ changes: [], unreadable: 1 });
  const other = { ...format, id: format.id + 1 };
  const { records } = parseTracePage(page, header, format);
  expect(parseTracePage(page, header, other)).toEqual({ changes: [], unreadable: 0, records });
  const missing = { ...format, fields: new Map([...format.fields].filter(([name]) => name !== "sport")) };
  expect(parseTracePage(page, header, missing)).toMatchObject({ changes: [], unreadable: 1 });
});

test("a page before which the kernel dropped records is read as any other", () => {
  const dropped = Buffer.from(page);
  dropped.writeUInt8(dropped.readUInt8(11) | 0x80, 11);
  expect(parseTracePage(dropped, header, format)).toEqual(parseTracePage(page, header, format));
});

test("no bytes make it throw or hang", () => {
  const change = fc.record({ at: fc.nat(page.length - 1), value: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 40 }), fc.nat(page.length), (changes, length) => {
      const broken = Buffer.from(page);
      for (const { at, value } of changes) broken[at] = value;
      return parseTracePage(broken.subarray(0, length), header, format).changes.length <= page.length / 8;
    }),
    { numRuns: 3000, seed: 20261121 },
  );
});

test("a text that is no format is none", () => {
  expect(parseTraceFormat("")).toBeUndefined();
  expect(parseTraceFormat("name: x\nID: 7\nformat:\n")).toBeUndefined();
});
