import { describe, expect, it } from "vitest";
import { decodeToken, encodeToken, hashSecret, newSecret, secretOf } from "./token-text.ts";

describe("a token", () => {
  const content = { url: "https://collector:7440", secret: newSecret(), caSha256: "ab".repeat(32) };

  it("carries url, secret and pin, and survives the line end that a file adds", () => {
    expect(decodeToken(`${encodeToken(content)}\n`)).toEqual(content);
    expect(encodeToken(content)).toMatch(/^ptn_[A-Za-z0-9_-]+$/);
  });

  it("is accepted whole or as its bare secret", () => {
    expect(secretOf(encodeToken(content))).toBe(content.secret);
    expect(secretOf(` ${content.secret}\n`)).toBe(content.secret);
  });

  it.each(["", "ptn_", "ptn_e30", "ptn_!!!", "xyz", `ptn_${Buffer.from("[1]").toString("base64url")}`])(
    "is not %j",
    (text) => {
      expect(decodeToken(text)).toBeUndefined();
    },
  );

  it("has 256 bits of secret and leaves no trace of it in the hash", () => {
    expect(Buffer.from(newSecret(), "base64url")).toHaveLength(32);
    expect(hashSecret(content.secret)).toMatch(/^[0-9a-f]{64}$/);
  });
});
