import { expect, test } from "vitest";
import type { HostCoverage, StoredHost } from "../storage/evidence.ts";
import { summariseCoverage } from "./coverage.ts";

const host: StoredHost = { id: "h1", name: "app01", site: "default", kind: "managed", addresses: [] };

/** SYNTHETIC: what an agent's last report said of its sources. */
function blindness(...sources: [name: string, ok: boolean, ...blindTo: string[]][]): string[] | undefined {
  const rows = sources.map(([name, ok, ...blindTo]) => {
    return { name, ok, blindTo, observations: 0, lost: 0, gapMs: 0, cpuMs: 0, totalGapMs: 0, totalLost: 0 };
  });
  const coverage: HostCoverage = { hostId: "h1", days: ["2026-11-20"], firstReport: 0, lastReport: 1, sources: rows };
  return summariseCoverage([host], [coverage]).hosts[0]?.blindTo;
}

test("a host is blind to what the source that tells of it says, whatever else works beside it", () => {
  expect(blindness(["proc-net", true, "udp-peers", "bytes"])).toEqual(["bytes", "udp-peers"]);
  expect(blindness(["proc-net", true, "udp-peers"], ["ss-events", true], ["spool", true])).toEqual(["udp-peers"]);
  expect(blindness(["proc-net", true], ["ss-events", true])).toEqual([]);
});

test("of sources that each tell, only what both are blind to is unseen; one that fails tells only where none works", () => {
  expect(blindness(["one", true, "bytes", "resets"], ["other", true, "resets"])).toEqual(["resets"]);
  expect(blindness(["one", true, "bytes"], ["other", false, "resets"])).toEqual(["bytes"]);
  expect(blindness(["one", false, "bytes"], ["load", false])).toEqual(["bytes"]);
});
