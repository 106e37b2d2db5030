import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { localTimeZone } from "./time-zone.ts";

let etc: string;
beforeEach(() => void (etc = mkdtempSync(join(tmpdir(), "portolan-etc-"))));
afterEach(() => rmSync(etc, { recursive: true }));

test("takes TZ before the link, and the link before the copy's note", () => {
  symlinkSync("/usr/share/zoneinfo/Asia/Seoul", join(etc, "localtime"));
  writeFileSync(join(etc, "timezone"), "Europe/Berlin\n");
  expect(localTimeZone(etc, ":America/New_York")).toBe("America/New_York");
  expect(localTimeZone(etc, undefined)).toBe("Asia/Seoul");
  expect(localTimeZone(etc, "/etc/localtime")).toBe("Asia/Seoul");
});

test("reads the note beside a copied localtime", () => {
  writeFileSync(join(etc, "localtime"), "TZif2");
  writeFileSync(join(etc, "timezone"), "Europe/Berlin\n");
  expect(localTimeZone(etc, undefined)).toBe("Europe/Berlin");
});

test("is UTC where nothing is set, as for the C library", () => {
  expect(localTimeZone(etc, undefined)).toBe("UTC");
});

test("asks Node where only that can know", () => {
  writeFileSync(join(etc, "localtime"), "TZif2");
  expect(localTimeZone(etc, "")).toBe(Intl.DateTimeFormat().resolvedOptions().timeZone);
});
