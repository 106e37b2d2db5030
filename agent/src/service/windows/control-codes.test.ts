import { expect, test } from "vitest";
import { meaningOf } from "./control-codes.ts";

test.each([
  ["STOP", 1, "stop"],
  ["PAUSE", 2, "unknown"],
  ["INTERROGATE", 4, "nothing"],
  ["SHUTDOWN", 5, "stop"],
  ["PRESHUTDOWN", 15, "stop"],
  ["a control of somebody's own", 128, "unknown"],
])("%s", (_name, code, meaning) => {
  expect(meaningOf(code)).toBe(meaning);
});
