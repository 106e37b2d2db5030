import type { AcceptedFlow, AcceptedReport, Storage } from "@portolan/collector";
import type { FlowEvidence } from "@portolan/graph";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ageAll } from "./ageing.contract.ts";
import { actor, enrolled, NOON, syntheticFacts, syntheticFlow, syntheticImport, syntheticReport } from "./synthetic.ts";

const DAY_MS = 86_400_000;
const SEED = 20_261_122;
/** Up to here each client is told by its own address. */
const MOST_CLIENTS = 1000;

/** SYNTHETIC clients in 8.8.0.0/16, `from` to `from + count`: 200 of each /24. */
function clients(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => {
    const at = from + index;
    return `8.8.${Math.floor(at / 200)}.${(at % 200) + 1}`;
  });
}

function flowsFrom(addresses: readonly string[], more: Partial<AcceptedFlow> = {}): AcceptedFlow[] {
  return addresses.map((remoteAddress) => syntheticFlow({ remoteAddress, ...more }));
}

function sumOf(flow: FlowEvidence): number {
  const all = [...flow.connectionsByDay, ...(flow.connectionsByMonth ?? [])];
  return all.reduce((sum, { connections }) => sum + connections, 0);
}

/** What is shown of each client: connections and the number that a range stands for. */
function shown(flows: readonly FlowEvidence[]) {
  return Object.fromEntries(flows.map((flow) => [flow.client.address, [sumOf(flow), flow.folded]]));
}

/** Public clients of a listener: by their own address up to 1,000, by their network above. */
export function foldingContract(storage: () => Storage, reopen: () => Promise<Storage>): void {
  const send = (number: number, flows: AcceptedFlow[], more: Partial<AcceptedReport> = {}) =>
    storage().saveReports([syntheticReport("a1", number, { flows, ...more })]);

  test("1,000 public clients stand for themselves; with one more their networks stand for them", async () => {
    const hostId = await enrolled(storage(), "a1");
    await send(1, flowsFrom(clients(MOST_CLIENTS)));
    await send(2, flowsFrom(["10.9.9.9", "100.64.0.1", "203.0.113.7", "fd00::7", "fe80::1", "8.9.9.0/24"]));
    await ageAll(storage());
    expect(await storage().listFlows({ hostId })).toHaveLength(MOST_CLIENTS + 6);
    const revision = await storage().revision();
    await send(3, flowsFrom(["8.8.5.1"]));
    await ageAll(storage());
    expect(await storage().revision()).toBeGreaterThan(revision + 1);
    const folded = {
      ...Object.fromEntries([0, 1, 2, 3, 4].map((net) => [`8.8.${net}.0/24`, [200, 200]])),
      "8.8.5.0/24": [1, 1],
      "10.9.9.9": [1, undefined],
      "100.64.0.1": [1, undefined],
      "203.0.113.7": [1, undefined],
      "fd00::7": [1, undefined],
      "fe80::1": [1, undefined],
      "8.9.9.0/24": [1, undefined],
    };
    expect(shown(await storage().listFlows({ hostId }))).toEqual(folded);
    await ageAll(storage());
    await reopen();
    await ageAll(storage());
    expect(shown(await storage().listFlows({ hostId }))).toEqual(folded);
  });

  test("days, months, bytes, failures and times of the clients are the range's; no client counts twice", async () => {
    await enrolled(storage(), "a1");
    const old = { day: "2026-08-10", firstSeen: NOON - 102 * DAY_MS, lastSeen: NOON - 101 * DAY_MS };
    await send(1, flowsFrom(clients(1001), { bytesSent: 2, failed: 1 }));
    await send(2, flowsFrom(["8.8.0.1", "8.8.0.2"], { ...old, connections: 4, guessed: true }));
    await send(3, flowsFrom(["8.8.0.3"], { ...old, sources: ["tracefs"] }));
    await ageAll(storage());
    await send(4, flowsFrom(["8.8.0.1", "8.8.0.250"], { connections: 10 }));
    await send(5, flowsFrom(["8.8.0.0/24"], { folded: 300 }));
    const flows = await storage().listFlows();
    expect(flows.find((flow) => flow.client.address === "8.8.0.0/24")).toMatchObject({
      direction: "observed",
      connectionsByDay: [{ day: "2026-11-20", connections: 221 }],
      connectionsByMonth: [{ days: ["2026-08-10"], connections: 9 }],
      failed: 200,
      bytesReceived: 400,
      firstSeen: old.firstSeen,
      sources: ["proc-net", "tracefs"],
      folded: 300,
    });
    expect(flows.find((flow) => flow.client.address === "8.8.1.0/24")).toMatchObject({ folded: 200 });
  });

  test("IPv6 clients fold into their /64, and listeners are told apart", async () => {
    await enrolled(storage(), "a1");
    const many = Array.from(
      { length: 1001 },
      (_, index) => `2a00:1450:${index % 2 === 0 ? "" : "0:1:"}:${(index + 1).toString(16)}`,
    );
    await send(1, [
      ...flowsFrom(many),
      ...flowsFrom(["8.8.8.8"], { port: 22 }),
      ...flowsFrom(["8.8.8.8"], { protocol: "udp" }),
      ...flowsFrom(["8.8.8.8"], { scope: "netns-7" }),
      ...flowsFrom(["8.8.8.8"], { direction: "outbound" }),
    ]);
    await ageAll(storage());
    await send(2, flowsFrom(["2a00:1450::ffff"]));
    const flows = await storage().listFlows();
    expect(
      flows.filter(({ folded }) => folded !== undefined).map((flow) => [flow.client.address, flow.folded]),
    ).toEqual([
      ["2a00:1450::/64", 502],
      ["2a00:1450:0:1::/64", 500],
    ]);
    expect(flows.filter(({ folded }) => folded === undefined)).toHaveLength(4);
  });

  test("a host's own address is never folded away, though it is public", async () => {
    const hostId = await enrolled(storage(), "a1");
    await enrolled(storage(), "a2");
    const eth0 = { name: "eth0", hostLocal: false, addresses: [{ address: "8.8.0.7", prefix: 24 }] };
    await storage().saveReports([
      syntheticReport("a2", 1, { flows: [], host: { ...syntheticFacts, interfaces: [eth0] } }),
    ]);
    const hosts = [{ name: "partner", addresses: ["8.8.1.9"], site: "seoul" }];
    await storage().saveImport(syntheticImport("i1"), { hosts }, actor);
    await send(1, flowsFrom(clients(1010)));
    await ageAll(storage());
    await send(2, flowsFrom(["8.8.0.7", "8.8.1.9", "8.8.0.8"]));
    const all = shown(await storage().listFlows({ hostId }));
    expect(all).toMatchObject({ "8.8.0.7": [2, undefined], "8.8.1.9": [2, undefined], "8.8.0.0/24": [200, 199] });
    expect(Object.keys(all)).toHaveLength(8);
  });

  test("a file is folded by itself, and an undo takes its part of everything", async () => {
    await enrolled(storage(), "a1", { hostname: "app01" });
    await send(1, flowsFrom(clients(700)));
    await ageAll(storage());
    const before = await storage().listFlows();
    const take = (id: string, addresses: string[]) => {
      const report = syntheticReport(`capture-${id}`, 1, { flows: flowsFrom(addresses) });
      const reports = [{ site: "seoul", hostname: "app01", timeZone: "Asia/Seoul", report }];
      return storage().saveImport(syntheticImport(id), { reports }, actor);
    };
    await take("i1", clients(700, 700));
    await ageAll(storage());
    expect((await storage().listFlows()).filter(({ folded }) => folded !== undefined)).toEqual([]);
    await take("i2", clients(1001));
    await ageAll(storage());
    expect(Object.keys(shown(await storage().listFlows()))).toHaveLength(1400 + 6);
    await storage().undoImport("i1", NOON, actor);
    await storage().undoImport("i2", NOON, actor);
    expect(await storage().listFlows()).toEqual(before);
    await take("i2", clients(5));
    expect((await storage().listFlows()).filter(({ folded }) => folded !== undefined)).toEqual([]);
  });

  test("a file that is undone while its clients are being folded is gone", async () => {
    const report = syntheticReport("capture", 1, { flows: flowsFrom(clients(1200)) });
    const reports = [{ site: "seoul", hostname: "app01", timeZone: "Asia/Seoul", report }];
    await storage().saveImport(syntheticImport("i1"), { reports }, actor);
    for (let step = 0; step < 8; step += 1) await storage().ageEvidence(NOON);
    expect((await storage().listFlows()).some(({ folded }) => folded !== undefined)).toBe(true);
    await storage().undoImport("i1", NOON, actor);
    await ageAll(storage());
    expect(await storage().listFlows()).toEqual([]);
  });

  test("folding in whatever steps shows what a plain model says", { timeout: 120_000 }, async () => {
    const someReport = fc.record({
      from: fc.nat({ max: 600 }),
      count: fc.nat({ max: 700 }),
      process: fc.option(fc.constantFrom("nginx", "haproxy"), { nil: undefined }),
      connections: fc.nat({ max: 5 }),
      port: fc.constantFrom(443, 443, 80),
      steps: fc.nat({ max: 12 }),
    });
    let stories = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(someReport, { minLength: 1, maxLength: 4 }), async (reports) => {
        const agent = `model-${(stories += 1)}`;
        const hostId = await enrolled(storage(), agent);
        const seen: { port: number; process: string; address: string; connections: number }[] = [];
        for (const [index, { from, count, process: name, connections, port, steps }] of reports.entries()) {
          const process = name === undefined ? {} : { process: { name } };
          const flows = flowsFrom(clients(count, from), { port, connections, ...process });
          await storage().saveReports([syntheticReport(agent, index + 1, { flows })]);
          for (const address of clients(count, from)) seen.push({ port, process: name ?? "", address, connections });
          for (let step = 0; step < steps; step += 1) await storage().ageEvidence(NOON);
        }
        await ageAll(storage());
        const isFolded = (port: number) =>
          new Set(seen.filter((one) => one.port === port).map(({ address }) => address)).size > MOST_CLIENTS;
        const expected = new Map<string, { connections: number; clients: Set<string> | undefined }>();
        for (const { port, process, address, connections } of seen) {
          const range = isFolded(port) ? `${address.slice(0, address.lastIndexOf("."))}.0/24` : undefined;
          const key = `${port} ${process} ${range ?? address}`;
          const known = expected.get(key) ?? { connections: 0, clients: range ? new Set<string>() : undefined };
          known.connections += connections;
          known.clients?.add(address);
          expected.set(key, known);
        }
        const listed = await storage().listFlows({ hostId });
        const found = listed.map((flow) => [
          `${flow.serverPort} ${flow.server.process ?? ""} ${flow.client.address}`,
          [sumOf(flow), flow.folded],
        ]);
        expect(Object.fromEntries(found)).toEqual(
          Object.fromEntries(
            [...expected].map(([key, { connections, clients: of }]) => [key, [connections, of?.size]]),
          ),
        );
      }),
      { seed: SEED, numRuns: 8 },
    );
  });
}
