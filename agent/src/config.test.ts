import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { loadConfig } from "./config.ts";
import { UsageError } from "./errors.ts";

const directory = mkdtempSync(join(tmpdir(), "portolan-config-"));
afterAll(() => rmSync(directory, { recursive: true }));

function fileWith(text: string): string {
  const file = join(directory, "agent.json");
  writeFileSync(file, text);
  return file;
}

function messageFor(text: string): string {
  try {
    loadConfig(fileWith(text));
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return error instanceof Error ? error.message : "";
  }
  throw new Error("expected the configuration to be refused");
}

describe("loadConfig", () => {
  test("gives defaults without a file and for keys that a file leaves out", () => {
    expect(loadConfig()).toMatchObject({ sampleSeconds: 15, reportSeconds: 60, procRoot: "/proc", spoolMegabytes: 64 });
    expect(loadConfig(fileWith('\uFEFF{"sampleSeconds": 5, "bounds": {"reportSeconds": {"min": 30}}}'))).toMatchObject({
      sampleSeconds: 5,
      reportSeconds: 60,
      bounds: { sampleSeconds: { min: 5, max: 30 }, reportSeconds: { min: 30, max: 900 } },
    });
  });

  test("names file, key, value and what was expected", () => {
    const message = messageFor('{"sampleSeconds": 99, "logLevel": "loud", "bounds": {"reportSeconds": {"max": "1h"}}}');
    const file = join(directory, "agent.json");
    expect(message.split("\n")).toEqual([
      `${file}: sampleSeconds: got 99, expected a number from 1 to 30`,
      `${file}: bounds.reportSeconds.max: got "1h", expected a number from 5 to 3600`,
      `${file}: logLevel: got "loud", expected one of debug, info, warn, error`,
    ]);
  });

  test("names an unknown key and the known ones beside it", () => {
    expect(messageFor('{"sampelSeconds": 5}')).toMatch(/sampelSeconds: unknown key, expected one of sampleSeconds, /);
    expect(messageFor('{"bounds": {"sampleSeconds": {"low": 5}}}')).toMatch(
      /bounds\.sampleSeconds\.low: unknown key, expected one of min, max$/,
    );
  });

  test("refuses bounds that no value is within, also by a default", () => {
    expect(messageFor('{"bounds": {"reportSeconds": {"min": 1000}}}')).toMatch(
      /bounds\.reportSeconds: got \{"min":1000\}, expected a min that is not above max .*"max":900/,
    );
  });

  test("says when the file is missing, not JSON or not an object", () => {
    expect(() => loadConfig(join(directory, "none.json"))).toThrow(UsageError);
    expect(messageFor("{")).toMatch(/not JSON/);
    expect(messageFor("[]")).toMatch(/content: got \[\], expected an object/);
  });
});
