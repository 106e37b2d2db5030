import { describe, expect, test } from "vitest";
import { UsageError } from "../errors.ts";
import { apiUrl, collectorUrl } from "./collector-url.ts";
import { parseToken } from "./token.ts";

const tokenOf = (content: unknown): string => `ptn_${Buffer.from(JSON.stringify(content)).toString("base64url")}`;

describe("parseToken", () => {
  test("reads a token, with or without a line's end", () => {
    const content = { url: "https://collector:7440", secret: "s", caSha256: "ab".repeat(32) };
    expect(parseToken(`${tokenOf(content)}\n`)).toEqual(content);
  });

  test.each([
    ["nothing", "", /expected ptn_/],
    ["another token", "ghp_abc", /expected ptn_/],
    ["half a token", tokenOf({ url: "https://c", secret: "s" }).slice(0, 20), /copied whole/],
    ["no secret", tokenOf({ url: "https://c" }), /secret: expected text/],
    ["a wrong fingerprint", tokenOf({ url: "https://c", secret: "s", caSha256: "AB:CD" }), /caSha256: expected 64/],
  ])("refuses %s", (_what, text, message) => {
    expect(() => parseToken(text)).toThrow(UsageError);
    expect(() => parseToken(text)).toThrow(message);
  });

  test("never repeats the secret in its message", () => {
    expect(() => parseToken(tokenOf({ url: 1, secret: "topsecret" }))).toThrow(/^(?!.*topsecret).*url: expected text/);
  });
});

describe("collectorUrl", () => {
  test.each([
    "http://127.0.0.1:7440",
    "http://127.9.9.9",
    "http://localhost:1",
    "http://[::1]:7440",
    "https://c.example",
  ])("takes %s", (text) => {
    expect(collectorUrl(text).href).toContain(text);
  });

  test.each([
    ["http://10.0.0.1:7440", /plain http to another machine/],
    ["http://localhost.example", /plain http to another machine/],
    ["http://127.0.0.1.example", /plain http to another machine/],
    ["ftp://127.0.0.1", /expected https:/],
    ["collector", /is not a url/],
  ])("refuses %s", (text, message) => {
    expect(() => collectorUrl(text)).toThrow(message);
  });

  test("keeps the path that a proxy gave the collector", () => {
    expect(apiUrl(new URL("https://c/portolan/"), "reports").href).toBe("https://c/portolan/api/v1/reports");
    expect(apiUrl(new URL("https://c"), "reports").href).toBe("https://c/api/v1/reports");
  });
});
