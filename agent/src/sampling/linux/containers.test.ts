import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createContainerSockets } from "./containers.ts";
import type { Namespaces } from "./namespaces.ts";
import { createProcFileReader } from "./read-proc-file.ts";
import { createSyntheticProc } from "./synthetic-proc.ts";

let proc: ReturnType<typeof createSyntheticProc>;
beforeEach(() => {
  proc = createSyntheticProc();
});
afterEach(() => proc.remove());

test("a container is read through another of its processes once the first ended, and its lines that are no rows are lost", () => {
  for (const pid of ["70", "71"]) {
    mkdirSync(join(proc.root, pid));
    cpSync(join(proc.root, "net"), join(proc.root, pid, "net"), { recursive: true });
  }
  let isOver = false;
  /** A double: one container, whose first process ends after the first reading. */
  const namespaces: Namespaces = {
    seesKernelPids: true,
    isOwn: () => undefined,
    scopeOf: () => undefined,
    hasAddress: () => false,
    others: (_, again) => [{ pid: isOver && again === true ? 71 : 70, scope: "netns-1" }],
    seesAll: () => true,
  };
  const containers = createContainerSockets(proc.root, namespaces, createProcFileReader());
  const before = containers.look(0, false);
  expect(before.observations.length).toBeGreaterThan(0);
  isOver = true;
  proc.removeProcess(70);
  expect(containers.look(30_000, false)).toEqual(before);

  proc.write("71/net/tcp", "no row\n");
  expect(containers.look(60_000, false).lost).toBe(1);
  expect(containers.look(90_000, false).lost).toBe(1);
  // As of before: nothing was read that could have lost anything.
  expect(containers.look(91_000, false).lost).toBe(0);
});

test("a container whose tables no process of it opens is said, with the rest read as ever, until it can be read", () => {
  for (const pid of ["70", "80"]) {
    mkdirSync(join(proc.root, pid));
    cpSync(join(proc.root, "net"), join(proc.root, pid, "net"), { recursive: true });
  }
  /** A double: two containers. */
  const namespaces: Namespaces = {
    seesKernelPids: true,
    isOwn: () => undefined,
    scopeOf: () => undefined,
    hasAddress: () => false,
    others: () => [
      { pid: 70, scope: "netns-1" },
      { pid: 80, scope: "netns-2" },
    ],
    seesAll: () => true,
  };
  const containers = createContainerSockets(proc.root, namespaces, createProcFileReader());
  const scopesAt = (at: number) => {
    const { observations, unread } = containers.look(at, false);
    return { seen: new Set(observations.map(({ scope }) => scope)), unread: [...unread] };
  };
  const both = { seen: new Set(["netns-1", "netns-2"]), unread: [] };
  expect(scopesAt(0)).toEqual(both);
  proc.removeProcess(80);
  const without = { seen: new Set(["netns-1"]), unread: [["netns-2", expect.stringContaining("80/net/tcp: ENOENT")]] };
  expect(scopesAt(30_000)).toEqual(without);
  // As of before: what was not read is still not known.
  expect(scopesAt(31_000)).toEqual(without);
  cpSync(join(proc.root, "net"), join(proc.root, "80", "net"), { recursive: true });
  expect(scopesAt(60_000)).toEqual(both);
});
