import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseCpuTicks, parseDiskWrites, parseInterfaces, parseMemoryUsed, parseMounts } from "./parse-load.ts";
import { volumesOf } from "./volumes.ts";

// Recorded on Linux 6.18, cut to the telling lines.
const STAT =
  "cpu  1116738 45678 341598 1985046 8838 0 8585 1257 0 0\ncpu0 544321 19518 166276 1017277 2038 0 2645 632 0 0\n";
const MEMINFO =
  "MemTotal:       49368192 kB\nMemFree:        30123456 kB\nMemAvailable:   40000000 kB\nBuffers:  1 kB\n";
const NET = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 14133374982 3796225    0    0    0     0          0         0 14133374982 3796225    0    0    0     0       0          0
  eth0: 882255400   26895    0    0    0     0          0         0  2160209   18065    0    0    0     0       0          0
`;
const DISKS = `   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
 254       0 vda 31234 102 2345678 8123 98765 43210 7654321 90123 0 40000 98246 0 0 0 0 12 34
`;
const MOUNTS = `22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard,resv_strict
28 27 0:25 / /mnt/tools ro,nosuid - tmpfs tools ro,size=4k,mode=755
42 27 254:0 /run/netns /run/netns rw,relatime shared:1 - ext4 /dev/vda rw,discard,resv_strict
43 27 254:16 / /srv/a\\040b rw - xfs /dev/vdb rw
44 27 254:16 / /b rw - xfs /dev/vdb rw
45 27 7:3 / /snap/core/1 ro - squashfs /dev/loop3 ro
46 27 0:44 / /mnt/nfs rw - nfs4 filer:/export rw
47 27 0:50 / /tank rw - zfs tank rw
`;
const bytes = (text: string) => Buffer.from(text);

test("reads what the kernel writes", () => {
  expect(parseCpuTicks(bytes(STAT))).toEqual({ busy: 1_513_856, total: 3_507_740 });
  expect(parseMemoryUsed(bytes(MEMINFO))).toBe((49_368_192 - 40_000_000) * 1024);
  expect(parseInterfaces(bytes(NET))).toEqual({
    rows: [
      { name: "lo", bytesIn: 14_133_374_982, bytesOut: 14_133_374_982 },
      { name: "eth0", bytesIn: 882_255_400, bytesOut: 2_160_209 },
    ],
    lost: 0,
  });
  expect(parseDiskWrites(bytes(DISKS)).rows).toContainEqual({ device: "254:0", written: 7_654_321 * 512 });
});

test("a volume is a file system with a device of its own, once, by its shortest path", () => {
  const { rows, lost } = parseMounts(bytes(MOUNTS));
  expect(lost).toBe(0);
  expect(rows[4]?.mount).toBe("/srv/a b");
  expect(volumesOf(rows)).toEqual([
    { mount: "/", device: "254:0" },
    { mount: "/b", device: "254:16" },
    { mount: "/tank", device: "0:50" },
  ]);
});

test("lines that make no sense are left out and counted", () => {
  expect(parseCpuTicks(bytes("cpu  1 2 x 4\n"))).toBeUndefined();
  expect(parseMemoryUsed(bytes("MemTotal: 5 kB\n"))).toBeUndefined();
  expect(parseInterfaces(bytes(`a\nb\n${"eth0: 1 2\n"}`))).toEqual({ rows: [], lost: 1 });
  expect(parseDiskWrites(bytes("8 0 sda 1 2\n8 1 sda1 1 2 3 4 5 6 7 8\n"))).toEqual({
    rows: [{ device: "8:1", written: 7 * 512 }],
    lost: 1,
  });
  expect(parseMounts(bytes("nonsense\n"))).toEqual({ rows: [], lost: 1 });
});

test("no input makes a parser throw, or say what is no count", () => {
  const recorded = fc.constantFrom(STAT, MEMINFO, NET, DISKS, MOUNTS);
  const mutated = fc
    .tuple(recorded, fc.nat(400), fc.nat(20), fc.string())
    .map(([text, at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut));
  fc.assert(
    fc.property(fc.oneof(mutated, fc.string()), (text) => {
      const input = bytes(text);
      const ticks = parseCpuTicks(input);
      const numbers = [
        ticks?.busy,
        ticks?.total,
        parseMemoryUsed(input),
        ...parseInterfaces(input).rows.flatMap(({ bytesIn, bytesOut }) => [bytesIn, bytesOut]),
        ...parseDiskWrites(input).rows.map(({ written }) => written),
      ].filter((number) => number !== undefined);
      expect(numbers.every((number) => Number.isFinite(number) && number >= 0)).toBe(true);
      volumesOf(parseMounts(input).rows);
    }),
    { numRuns: 2000 },
  );
});
