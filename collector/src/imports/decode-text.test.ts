import { expect, test } from "vitest";
import { decodeText } from "./decode-text.ts";

test("UTF-8 is read with and without mark", () => {
  expect(decodeText(Buffer.from("서버,zone"))).toBe("서버,zone");
  expect(decodeText(Buffer.from("\uFEFF서버,zone"))).toBe("서버,zone");
});

test("CP949 is read, with the syllables that EUC-KR lacks", () => {
  expect(decodeText(Buffer.from([0xbc, 0xad, 0xb9, 0xf6]))).toBe("서버");
  expect(decodeText(Buffer.from([0x8c, 0x63]))).toBe("똠");
});

test("bytes that are neither are refused", () => {
  expect(decodeText(Buffer.from([0x61, 0xff, 0xff, 0x62]))).toBeUndefined();
  expect(decodeText(Buffer.from("\uFEFFzone", "utf16le"))).toBeUndefined();
  expect(decodeText(Buffer.from("zone", "utf16le"))).toBeUndefined();
});
