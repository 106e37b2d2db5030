import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createUserNames } from "./user-names.ts";

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "portolan-users-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("a name, and an id without one for itself", () => {
  const file = join(root, "passwd");
  writeFileSync(file, "root:x:0:0:root:/root:/bin/sh\n");
  const nameOf = createUserNames(file);
  expect([nameOf(0), nameOf(7)]).toEqual(["root", "7"]);
});

test.runIf(process.platform === "linux")(
  "a device in the file's place gives no names, and keeps nobody waiting",
  () => {
    symlinkSync("/dev/zero", join(root, "passwd"));
    expect(createUserNames(join(root, "passwd"))(7)).toBe("7");
  },
);
