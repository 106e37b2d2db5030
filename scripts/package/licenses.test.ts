import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { licencesOf, packageFolders } from "./licenses.ts";
import { PackageError } from "./package-error.ts";

const root = mkdtempSync(join(tmpdir(), "portolan-licences-"));
afterAll(() => rmSync(root, { recursive: true }));

function synthetic(name: string): string {
  const folder = join(root, "node_modules", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version: "1.2.3", license: "ISC" }));
  return folder;
}

test("a module's package is the innermost one around it", () => {
  const modules = [
    "/x/node_modules/.pnpm/zod@4/node_modules/zod/v4/mini/index.js",
    "/x/node_modules/.pnpm/zod@4/node_modules/zod/v4/core.js",
    "/x/node_modules/.pnpm/a+b@1/node_modules/@a/b/index.js",
    "/x/agent/src/main.ts",
  ];
  expect(packageFolders(modules)).toEqual([
    "/x/node_modules/.pnpm/zod@4/node_modules/zod",
    "/x/node_modules/.pnpm/a+b@1/node_modules/@a/b",
  ]);
});

test("each package's licence is told, and one without stops the packaging", () => {
  const folder = synthetic("small");
  expect(() => licencesOf([folder])).toThrow(PackageError);
  writeFileSync(join(folder, "LICENSE.md"), "May be used.\n");
  expect(licencesOf([folder])).toContain("small 1.2.3: ISC\n\nMay be used.\n");
});
