import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Sampler } from "../sampler.ts";
import { createSampler } from "./index.ts";
import { createSyntheticProc } from "./synthetic-proc.ts";

/** A host that lacks something: the agent goes on, and says what it cannot see. Synthetic folders. */
let proc: ReturnType<typeof createSyntheticProc>;
let traceRoot: string;
let sampler: Sampler | undefined;
beforeEach(() => {
  proc = createSyntheticProc();
  traceRoot = mkdtempSync(join(tmpdir(), "portolan-synthetic-tracefs-"));
  mkdirSync(join(traceRoot, "instances"));
});
afterEach(async () => {
  await sampler?.close();
  proc.remove();
  rmSync(traceRoot, { recursive: true });
});

const begin = (procRoot = proc.root): Sampler =>
  (sampler = createSampler({
    procRoot,
    passwdFile: proc.passwdFile,
    traceRoots: [traceRoot],
    events: { use: ["tracefs", "conntrack"], onGap: () => {} },
  }));
const UDP =
  "ipv4     2 udp      17 29 src=127.0.0.1 dst=192.0.2.1 sport=5000 dport=53 src=192.0.2.1 dst=127.0.0.1 sport=53 dport=5000 mark=0 use=2\n";

test("a tracefs without the event, and no connection tracking", async () => {
  const { sources, observations, tellsOpenings } = await begin().sample();
  expect(sources.map(({ name, ok }) => [name, ok])).toEqual([["proc-net", true]]);
  expect(sources[0]?.blindTo).toEqual(expect.arrayContaining(["resets", "failed-attempts", "udp-peers"]));
  expect(observations).toHaveLength(13);
  expect(tellsOpenings).toBe(false);
});

test("a connection tracking without accounting, and with a line that is none", async () => {
  proc.write("net/nf_conntrack", `${UDP}ipv4 2 udp 17 29 src=127.0.0.1 dst=\n`);
  const { sources, observations } = await begin().sample();
  expect(sources).toMatchObject([{ name: "proc-net" }, { name: "conntrack", ok: true, observations: 1, lost: 1 }]);
  expect(sources[0]?.blindTo).not.toContain("udp-peers");
  expect(sources[0]?.blindTo).toContain("bytes");
  expect(observations.filter(({ source }) => source === "conntrack")).toMatchObject([{ remotePort: 53 }]);
});

test("a connection tracking that no rule asks for, until one does", async () => {
  proc.write("net/nf_conntrack", "");
  const [tables, tracking] = (await begin().sample()).sources;
  expect(tracking).toMatchObject({ ok: true, reason: "this host tracks no connections" });
  expect(tables?.blindTo).toContain("udp-peers");
  proc.write("net/nf_conntrack", UDP);
  const again = (await sampler?.sample())?.sources;
  expect(again?.[0]?.blindTo).not.toContain("udp-peers");
  expect(again?.[1]?.reason).toBeUndefined();
});

test("a connection tracking that is unloaded while the agent runs", async () => {
  proc.write("net/nf_conntrack", UDP);
  await begin().sample();
  proc.removeFile("net/nf_conntrack");
  const { sources } = (await sampler?.sample()) ?? { sources: [] };
  expect(sources[1]).toMatchObject({ ok: false, reason: expect.stringContaining("nf_conntrack: ENOENT") });
  expect(sources[0]?.blindTo).toContain("udp-peers");
});

test("a process that vanishes between two looks, and one whose files are none", async () => {
  proc.addProcess(70, { name: "db", executable: "/usr/bin/db", argv: ["db"], inodes: [34555] });
  await begin().sample();
  proc.removeProcess(70);
  proc.write("1/stat", "rubbish");
  const { sources, observations } = (await sampler?.sample()) ?? { sources: [], observations: [] };
  expect(sources[0]?.ok).toBe(true);
  expect(observations.find(({ inode }) => inode === 34555)?.process).toBeUndefined();
});

test("a folder of processes that can't be listed: a failure with its reason, and no throw", async () => {
  const { sources, observations, isComplete } = await begin(join(proc.root, "nowhere")).sample();
  expect(sources).toMatchObject([{ name: "proc-net", ok: false, reason: expect.stringContaining("nowhere/net/tcp") }]);
  expect(sources[0]?.blindTo).toEqual(expect.arrayContaining(["containers", "container-ends"]));
  expect(observations).toEqual([]);
  expect(isComplete).toBe(false);
});

test("a container whose tables can't be opened: said with its reason, and the host's own connections end as ever", async () => {
  for (const [pid, namespace] of Object.entries({ self: "net:[1]", 70: "net:[2]" })) {
    mkdirSync(join(proc.root, pid, "ns"), { recursive: true });
    symlinkSync(namespace, join(proc.root, pid, "ns/net"));
  }
  const { sources, isComplete, unreadScopes } = await begin().sample();
  expect(sources[0]).toMatchObject({
    ok: true,
    reason: expect.stringMatching(/^container netns-2 was not read: .*70\/net\/tcp: ENOENT/),
  });
  expect(sources[0]?.blindTo).toEqual(expect.arrayContaining(["containers", "container-ends"]));
  expect(isComplete).toBe(true);
  expect(unreadScopes).toEqual(new Set(["netns-2"]));

  cpSync(join(proc.root, "net"), join(proc.root, "70/net"), { recursive: true });
  const read = await sampler?.sample(true);
  expect(read?.sources[0]?.blindTo).not.toContain("containers");
  expect(read?.sources[0]?.reason ?? "").not.toContain("netns-2");
  expect(read?.unreadScopes).toBeUndefined();
});
