import { expect, test } from "vitest";
import { inspectTiers } from "./inspect.ts";
import { createSyntheticProc } from "./synthetic-proc.ts";

test("a proc folder that isn't there: off, with the reason, and no process said to be named", async () => {
  const tiers = await inspectTiers({ procRoot: "/nowhere" }, []);
  expect(tiers.slice(0, 2)).toMatchObject([
    { name: "proc-net", isOn: false, reason: expect.stringContaining("/nowhere/net/tcp: ENOENT") },
    { name: "processes", isOn: false, reason: expect.stringContaining("/nowhere/net/tcp: ENOENT") },
  ]);
});

test("a synthetic host whose sockets can be read", async () => {
  const proc = createSyntheticProc();
  const tiers = await inspectTiers({ procRoot: proc.root, passwdFile: proc.passwdFile }, []);
  proc.remove();
  expect(tiers.map(({ name, isOn }) => [name, isOn])).toEqual([
    ["proc-net", true],
    ["processes", true],
    ["ss-events", false],
    ["tracefs", false],
    ["conntrack", false],
  ]);
});
