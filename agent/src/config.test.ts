import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { loadConfig, proxyOf } from "./config.ts";
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

  test("takes folders by their whole paths only", () => {
    expect(loadConfig(fileWith('{"configurationFolders": ["/srv/app"]}')).configurationFolders).toEqual(["/srv/app"]);
    expect(messageFor('{"configurationFolders": ["srv"]}')).toMatch(
      /configurationFolders\.0: got "srv", expected the whole path of a folder/,
    );
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

describe("proxyOf", () => {
  afterEach(() => vi.unstubAllEnvs());

  test("reads the variables, and lets the file win", () => {
    for (const name of ["https_proxy", "no_proxy", "HTTP_PROXY"]) vi.stubEnv(name, "");
    vi.stubEnv("HTTPS_PROXY", "proxy.example:3128");
    vi.stubEnv("NO_PROXY", ".corp.example");
    expect(proxyOf(loadConfig())).toEqual({ proxy: "http://proxy.example:3128", noProxy: ".corp.example" });
    const file = fileWith('{"proxy": "http://other.example:8080", "noProxy": "a.example"}');
    expect(proxyOf(loadConfig(file))).toEqual({ proxy: "http://other.example:8080", noProxy: "a.example" });
    expect(proxyOf(loadConfig(fileWith('{"proxy": ""}')))).toEqual({});
  });

  test("a wrong one is named without its password", () => {
    expect(messageFor('{"proxy": "socks5://robot:topsecret@proxy.example"}')).toMatch(
      /^(?!.*topsecret).*proxy: expected/,
    );
    vi.stubEnv("https_proxy", "ftp://robot:topsecret@proxy.example");
    expect(() => proxyOf(loadConfig())).toThrow(/^(?!.*topsecret)HTTPS_PROXY: expected a proxy's url/);
  });
});
