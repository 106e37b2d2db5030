import { expect, test } from "vitest";
import { ERROR, Win32Error } from "../../windows/win32-error.ts";
import { ServiceError } from "../errors.ts";
import { managerForAdministrators } from "./manager-for-administrators.ts";

/** Doubles: under Wine everybody is an administrator. */
const refusing = (code: number) => () => {
  throw new Win32Error("the Service Control Manager", code);
};

test("who is no administrator is told so", () => {
  expect(() => managerForAdministrators(refusing(ERROR.accessDenied))).toThrow(ServiceError);
  expect(() => managerForAdministrators(refusing(ERROR.accessDenied))).toThrow(/administrator rights/);
});

test("another refusal stays what it is", () => {
  expect(() => managerForAdministrators(refusing(1115))).toThrow(Win32Error);
});
