import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createSender, openSpool, type Draft } from "@portolan/agent";
import { expect, onTestFinished, test } from "vitest";
import type { SyntheticAgent } from "../e2e/synthetic-agent.ts";
import { sendAs, type CloneSender } from "./clone-senders.ts";
import { startCollector, type EnrolledCollector } from "./enrolled-collector.ts";

// A virtual machine goes back in time, with its agent's state, in front of a real collector.

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const MINUTE = 60_000;
const BEGIN = Math.floor(Date.now() / MINUTE) * MINUTE - 60 * MINUTE;
const iso = (ms: number) => new Date(ms).toISOString();

/** A report of flows that no other has. */
function syntheticDraft(key: number): Draft {
  const [from, to] = [iso(BEGIN + key * MINUTE), iso(BEGIN + (key + 1) * MINUTE)];
  return {
    protocolVersion: 1,
    window: { from, to },
    timeZone: "UTC",
    sources: [],
    processes: [],
    flows: [1, 2].map((flow) => ({
      direction: "outbound",
      protocol: "tcp",
      localAddress: "10.0.0.1",
      remoteAddress: `10.9.${key}.${flow}`,
      serverPort: 443,
      connections: 1,
      firstSeen: from,
      lastSeen: to,
      sources: ["synthetic"],
    })),
  };
}

/** The spool in a state folder, as a start of the agent opens it. */
function openState(state: string) {
  const directory = join(state, "spool");
  const quarantineDirectory = join(state, "quarantine");
  for (const folder of [directory, quarantineDirectory]) mkdirSync(folder, { recursive: true });
  const limits = { limitBytes: 1e6, quarantineLimitBytes: 1e6, agentVersion: "0.1.0" };
  return openSpool({ directory, quarantineDirectory, ...limits, log: quiet });
}

/** One life of an agent: starts, keeps these reports, and sends all that it has. */
async function live(state: string, { url }: EnrolledCollector, { id, secret }: SyntheticAgent, keys: number[]) {
  const spool = await openState(state);
  for (const key of keys) await spool.add(syntheticDraft(key));
  const sender = createSender({
    spool,
    identity: () => ({ agentId: id, secret, url, site: "default" }),
    status: { update: async () => {} },
    log: quiet,
    instruct() {},
  });
  await sender.flush(20_000);
  sender.close();
  expect(spool.size()).toMatchObject({ reports: 0, quarantined: 0 });
}

function syntheticMachine(): CloneSender {
  const traits = { index: 1, hostname: "app01", mac: "02:00:00:00:00:01", address: "10.0.0.1" };
  return { ...traits, epoch: "aaaaaaaaaaaaaaaa", number: 0, owesFacts: true };
}

interface FlowItem {
  serverAddress: string;
  connections: number;
}

/** Keys whose flows the collector has, each as often as it was counted. */
async function counted(collector: EnrolledCollector): Promise<number[]> {
  collector.analysed();
  const flows = await collector.list<FlowItem>("flows");
  return flows
    .filter(({ serverAddress }) => serverAddress.endsWith(".1"))
    .flatMap(({ serverAddress, connections }) =>
      Array.from({ length: connections }, () => Number(serverAddress.split(".")[2])),
    )
    .toSorted((a, b) => a - b);
}

/** A collector of its own for each test, gone with it. */
async function collectorOfTest(): Promise<EnrolledCollector> {
  const collector = await startCollector();
  onTestFinished(() => collector.close());
  return collector;
}

test("a machine put back to a snapshot sends again what it had sent: each report counts once, and none is lost", async () => {
  const collector = await collectorOfTest();
  const agent = await collector.enrol("app01");
  const [state, snapshot] = [join(collector.work.folder, "state"), join(collector.work.folder, "snapshot")];
  await live(state, collector, agent, [1, 2]);
  // One has its number already, and was never answered; two have none.
  const spool = await openState(state);
  for (const key of [3, 4, 5]) await spool.add(syntheticDraft(key));
  await spool.oldest();
  cpSync(state, snapshot, { recursive: true });
  await live(state, collector, agent, [6, 7]);
  await live(state, collector, agent, [8]);
  for (const keys of [[9, 10], [11]]) {
    rmSync(state, { recursive: true });
    cpSync(snapshot, state, { recursive: true });
    await live(state, collector, agent, keys);
  }
  expect(await counted(collector)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(await collector.list("hosts?kind=managed")).toHaveLength(1);
  expect((await collector.list<object>("agents"))[0]).not.toHaveProperty("conflicts");
});

test("a machine enrolled anew with a numbered, unanswered report: it counts once", async () => {
  const collector = await collectorOfTest();
  const [first, second] = [await collector.enrol("app01", "m1"), await collector.enrol("app01", "m1")];
  const [state, before] = [join(collector.work.folder, "state"), join(collector.work.folder, "before")];
  const spool = await openState(state);
  for (const key of [1, 2]) await spool.add(syntheticDraft(key));
  await spool.oldest();
  cpSync(state, before, { recursive: true });
  await live(state, collector, first, []);
  // The answers never came: the new identity finds both in the spool.
  await live(before, collector, second, [3]);
  expect(await counted(collector)).toEqual([1, 2, 3]);
});

test("a live snapshot goes on with numbers that are used: all is kept, once each, and flagged", async () => {
  const collector = await collectorOfTest();
  const agent = await collector.enrol("app01");
  const machine = syntheticMachine();
  const send = (of: CloneSender, minute: number) =>
    sendAs(collector.url, agent, of, { from: BEGIN + minute * MINUTE, peer: `10.9.${minute}.1` });
  for (const minute of [1, 2, 3, 4, 5]) await send(machine, minute);
  const restored = { ...machine, number: 2 };
  const first = await send(restored, 6);
  expect(first).toMatchObject({ applied: true, instructions: { newEpoch: true, resend: ["host", "listeners"] } });
  // An agent of an earlier version goes on as if nothing had been said.
  for (const minute of [7, 8, 9]) expect(await send(restored, minute)).toMatchObject({ applied: true });
  restored.number = 2;
  expect(await send(restored, 6)).toMatchObject({ applied: false, duplicate: true });
  Object.assign(restored, { epoch: "bbbbbbbbbbbbbbbb", number: 0 });
  for (const minute of [10, 11]) expect((await send(restored, minute)).instructions).not.toHaveProperty("newEpoch");
  collector.analysed();
  const flows = await collector.list<FlowItem & { clientAddress: string }>("flows");
  expect(flows.map(({ connections }) => connections)).toEqual(Array.from({ length: 11 }, () => 1));
  // Numbers 3, 4 and 5 came twice; number 6 was new.
  expect(await collector.list("agents")).toMatchObject([{ conflicts: 3 }]);
  expect(await collector.list("hosts?kind=managed")).toHaveLength(1);
  expect(collector.log()).toContain("put back to a snapshot");
});

test("copies of a running agent go on in one epoch, until the collector tells them apart", async () => {
  const collector = await collectorOfTest();
  const agent = await collector.enrol("app01");
  const machine = syntheticMachine();
  const send = async (of: CloneSender, minute: number) => {
    const peer = `10.9.${minute}.${of.index}`;
    const { instructions } = await sendAs(collector.url, agent, of, { from: BEGIN + minute * MINUTE, peer });
    if (instructions.newEpoch) Object.assign(of, { epoch: `b${of.index}`.repeat(8), number: 0 });
  };
  for (const minute of [1, 2]) await send(machine, minute);
  const copies = [2, 3].map((index) => ({ ...machine, index }));
  const all = [machine, ...copies];
  for (let minute = 3; minute <= 10; minute++) for (const one of all) await send(one, minute);
  expect(new Set(all.map(({ epoch }) => epoch)).size).toBe(3);
  collector.analysed();
  const hosts = await collector.list<{ id: string; cloneOf?: { id: string } }>("hosts?kind=managed");
  expect(hosts.map(({ cloneOf }) => cloneOf?.id)).toEqual([undefined, hosts[0]?.id, hosts[0]?.id]);
  const facts = await Promise.all(
    hosts.map(({ id }) => collector.get<{ facts?: { memoryBytes: number } }>(`hosts/${id}`)),
  );
  expect(facts.map((host) => host.facts?.memoryBytes)).toEqual([1, 2, 3]);
  const flows = await collector.list<FlowItem>("flows");
  expect(flows.map(({ connections }) => connections)).toEqual(Array.from({ length: 2 + 3 * 8 }, () => 1));
});
