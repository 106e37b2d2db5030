import { rmSync } from "node:fs";
import { Directory } from "@portolan/protocol";
import { beforeEach, expect, test } from "vitest";
import type { ProbeResult } from "../directory-reader.ts";
import { createDirectoryReader } from "./index.ts";
import { OWN, syntheticHost } from "./synthetic-host.ts";
import { syntheticKeytab } from "./synthetic-keytab.ts";

const { at, put, tool, calls, reader, read, probed } = syntheticHost(Directory);
beforeEach(() => put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }])));

/** Keeps the last probe as the agent's state would. */
function memoryDouble() {
  let kept: ProbeResult | undefined;
  return { recall: () => kept, keep: async (result: ProbeResult) => void (kept = result) };
}

test("is never under way twice, nor asked again within the hour, even by the next start", async () => {
  tool("adcli", "sleep 0.2; exit 0");
  let now = Date.parse("2026-11-21T12:00:00Z");
  const options = { probeMemory: memoryDouble(), now: () => now };
  const first = reader(options);
  const readings = [first.read(), first.read()];
  expect(readings[1]).toBe(readings[0]);
  await Promise.all(readings);
  now += 3_599_000;
  expect(await reader(options).read()).toMatchObject({ status: "joined", checkedAt: "2026-11-21T12:00:00.000Z" });
  expect(calls()).toHaveLength(1);
  now += 1000;
  await first.read();
  expect(calls()).toHaveLength(2);
  // A clock that was set back does not keep it from asking until it has caught up.
  now -= 86_400_000;
  await first.read();
  expect(calls()).toHaveLength(3);
});

test("of two that remember in one place, such as the agent and `once`, one asks within the hour", async () => {
  tool("adcli", "exit 0");
  let now = Date.parse("2026-11-21T12:00:00Z");
  const options = { probeMemory: memoryDouble(), now: () => now };
  const agent = reader(options);
  await agent.read();
  now += 3_600_000;
  await reader(options).read();
  now += 60_000;
  expect(await agent.read()).toMatchObject({ status: "joined", checkedAt: "2026-11-21T13:00:00.000Z" });
  expect(calls()).toHaveLength(2);
});

test("nobody is asked of another host's files: the tools would read this one's", async () => {
  tool("adcli", "exit 0");
  const roots = { etcRoot: at("etc"), varRoot: at("var"), optRoot: at("opt"), usrRoot: at("usr"), runRoot: at("run") };
  const elsewhere = createDirectoryReader(roots);
  expect(await elsewhere.read()).toMatchObject({ status: "joined", reason: "not-verified" });
});

test("ended with the agent, it is killed and nothing is made of it, and the next start keeps to the hour", async () => {
  tool("adcli", "sleep 987");
  const probeMemory = memoryDouble();
  const stop = new AbortController();
  const reading = reader({ probeMemory, signal: stop.signal }).read();
  await expect.poll(calls).toHaveLength(1);
  stop.abort();
  const said = {
    status: "joined",
    reason: "not-verified",
    detail: "adcli testjoin: no answer yet, or the agent ended meanwhile",
  };
  expect(await reading).toMatchObject(said);
  expect(await reader({ probeMemory }).read()).toMatchObject(said);
  expect(calls()).toHaveLength(1);
});

test("what was said of another secret is not said of this one", async () => {
  tool("adcli", "echo 'Preauthentication failed' >&2; exit 3");
  const again = reader();
  expect(await again.read()).toMatchObject({ status: "broken" });
  put("etc/krb5.keytab", syntheticKeytab([{ name: OWN, keyVersion: 3 }]));
  expect(await again.read()).toMatchObject({ status: "joined", reason: "not-verified" });
  expect(calls()).toHaveLength(1);
});

test("where it is off, or there is no account, nothing is asked", async () => {
  tool("adcli", "exit 0");
  expect(await read()).toMatchObject({ status: "joined", reason: "not-verified" });
  rmSync(at("etc/krb5.keytab"));
  expect(await probed()).toMatchObject({ status: "not-joined" });
  expect(calls()).toEqual([]);
});
