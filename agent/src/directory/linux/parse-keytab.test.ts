import { array, assert, nat, property, tuple, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import { parseKeytab } from "./parse-keytab.ts";
import { SYNTHETIC_KEY, syntheticKeytab } from "./synthetic-keytab.ts";

const TWO = [
  { name: "M1$", keyVersion: 300 },
  { name: "host/m1.corp.example", timestamp: 0 },
];

describe("parseKeytab", () => {
  test.each([1, 2] as const)("gives principals, key versions and times of version %i, and no key", (version) => {
    const keytab = parseKeytab(syntheticKeytab(TWO, version));
    expect(keytab).toEqual({
      entries: [
        { name: "M1$", realm: "CORP.EXAMPLE", keyVersion: 300, timestamp: 1_795_260_764 },
        { name: "host/m1.corp.example", realm: "CORP.EXAMPLE", keyVersion: 2, timestamp: 0 },
      ],
    });
    expect(JSON.stringify(keytab)).not.toContain(SYNTHETIC_KEY);
  });

  test("passes over deleted entries, and ends at zeros", () => {
    const [first, second] = [syntheticKeytab(TWO.slice(0, 1)), syntheticKeytab(TWO.slice(1))];
    const hole = Buffer.alloc(14);
    hole.writeInt32BE(-10);
    const whole = Buffer.concat([first, hole, second.subarray(2), Buffer.alloc(64)]);
    expect(parseKeytab(whole)).toEqual(parseKeytab(syntheticKeytab(TWO)));
  });

  test("of a truncated one, gives what it holds and says so", () => {
    const whole = syntheticKeytab(TWO);
    const cut = parseKeytab(whole.subarray(0, whole.length - 5));
    expect(cut.entries.map(({ name }) => name)).toEqual(["M1$"]);
    expect(cut.trouble).toBe("cut off in entry 2");
  });

  test.each([
    ["another kind of file", "SQLite format 3\0"],
    ["an empty file", ""],
    ["another version", "\x05\x07"],
  ])("says that %s is none", (_what, content) => {
    expect(parseKeytab(Buffer.from(content, "latin1"))).toEqual({
      entries: [],
      trouble: expect.stringMatching(/not a keytab/),
    });
  });

  test("where lengths lead into a key, the key is no name", () => {
    const bytes = syntheticKeytab([{ name: "M1$" }]);
    const at = bytes.indexOf("CORP.EXAMPLE") - 2;
    bytes.writeUInt16BE(250, at);
    const { entries, trouble } = parseKeytab(bytes);
    expect({ entries, trouble }).toEqual({ entries: [], trouble: "entry 1 makes no sense" });
  });

  test("whatever the bytes, it ends, and never shows a damaged file's key", () => {
    const whole = syntheticKeytab([...TWO, { name: "HTTP/www.corp.example" }]);
    const damage = array(tuple(nat(whole.length - 1), nat(255)), { maxLength: 4 });
    assert(
      property(damage, nat(whole.length), (changes, length) => {
        const bytes = Buffer.from(whole.subarray(0, length));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        expect(JSON.stringify(parseKeytab(bytes))).not.toContain(SYNTHETIC_KEY);
      }),
      { seed: 6, numRuns: 3000 },
    );
    assert(
      property(uint8Array({ maxLength: 300 }), (bytes) => {
        parseKeytab(Uint8Array.from([5, 2, ...bytes]));
      }),
      { seed: 6, numRuns: 3000 },
    );
  });
});

test("one that is cut off anywhere says so, but between two entries, where nothing tells", () => {
  for (const version of [1, 2] as const) {
    const one = syntheticKeytab([{ name: "M1$" }], version).length;
    const whole = syntheticKeytab([{ name: "M1$" }, { name: "host/m1" }], version);
    for (let length = 0; length < whole.length; length += 1) {
      const { entries, trouble } = parseKeytab(whole.subarray(0, length));
      expect([length, entries.length]).toEqual([length, length < one ? 0 : 1]);
      expect([length, trouble === undefined]).toEqual([length, length === 2 || length === one]);
    }
  }
});
