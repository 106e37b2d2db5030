import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFirewallLog } from "./firewall-log.ts";
import type { LogSource } from "./told-events.ts";

/** Synthetic, by Microsoft's description of the format; with its columns in two orders. */
const HEAD = "#Fields: date time action protocol src-ip dst-ip src-port dst-port path\n";
const ROW = "2026-11-21 12:30:05 ALLOW TCP 10.1.1.5 10.1.1.9 50001 443 SEND\n";
const OTHER_HEAD = "#Fields: action date time protocol src-ip dst-ip src-port dst-port path\n";
const OTHER_ROW = "ALLOW 2026-11-21 12:30:06 TCP 10.1.1.5 10.1.1.9 50002 443 SEND\n";

let folder: string;
let file: string;
let log: LogSource;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portolan-firewall-"));
  file = join(folder, "pfirewall.log");
  log = createFirewallLog(file);
  writeFileSync(file, HEAD);
  log.take();
});
afterEach(() => rmSync(folder, { recursive: true }));

function rotate(head: string): void {
  renameSync(file, `${file}.old`);
  writeFileSync(file, head);
}

test("after a rotation the new file's columns count, and half a row of the old one is lost alone", () => {
  appendFileSync(file, `${ROW}2026-11-21 12:30`);
  expect(log.take().told).toHaveLength(1);
  rotate(OTHER_HEAD);
  appendFileSync(file, OTHER_ROW);
  const { told, source } = log.take();
  expect(told.map(({ event }) => event.localPort)).toEqual([50_002]);
  expect(source).toMatchObject({ observations: 1, lost: 1 });
});

test("a log that was rotated twice between two looks says that rows may be lost", () => {
  expect(log.take().source.reason).not.toContain("rotated");
  rotate(HEAD);
  rotate(HEAD);
  expect(log.take().source).toMatchObject({
    ok: true,
    reason: expect.stringMatching(/^the log was rotated more than once/),
  });
});
