import type { Storage } from "@portolan/collector";
import { UnknownAgentError } from "@portolan/collector";
import { expect, test } from "vitest";
import { DAY, enrolled, MINUTE, NOON, source, syntheticFacts, syntheticFlow, syntheticReport } from "./synthetic.ts";

async function connections(storage: Storage): Promise<number> {
  const days = (await storage.listFlows()).flatMap((flow) => flow.connectionsByDay);
  return days.reduce((sum, day) => sum + day.connections, 0);
}

/** When the window of a synthetic report ends. */
function at(number: number): number {
  return NOON + number * MINUTE + MINUTE;
}

/** Reports: applied once, whole or not at all, and what they leave behind. */
export function reportContract(storage: () => Storage): void {
  test("a report that comes again is a duplicate and counts once", async () => {
    await enrolled(storage(), "a1");
    const [first] = await storage().saveReports([syntheticReport("a1", 1)]);
    expect(first).toEqual({ applied: true, duplicate: false, conflict: false, missing: ["host", "listeners"] });
    const revision = await storage().revision();
    const again = await storage().saveReports([syntheticReport("a1", 1), syntheticReport("a1", 1)]);
    expect(again.map((result) => [result.applied, result.duplicate])).toEqual([
      [false, true],
      [false, true],
    ]);
    expect(await connections(storage())).toBe(1);
    expect(await storage().revision()).toBe(revision);
  });

  test("numbers are remembered in whatever order they come, per epoch and agent", async () => {
    await enrolled(storage(), "a1");
    await enrolled(storage(), "a2");
    const order = [5, 1, 3, 2, 4, 9, 8, 300, 7];
    await storage().saveReports(order.map((number) => syntheticReport("a1", number)));
    const all = Array.from({ length: 10 }, (_, index) => index + 1);
    const again = await storage().saveReports(all.map((number) => syntheticReport("a1", number)));
    expect(again.map((result) => result.applied)).toEqual(all.map((number) => number === 6 || number === 10));
    const elsewhere = await storage().saveReports([
      syntheticReport("a1", 1, { epoch: "fedcba9876543210", contentHash: "of another start" }),
      syntheticReport("a2", 1),
    ]);
    expect(elsewhere.map((result) => result.applied)).toEqual([true, true]);
  });

  test("an unknown agent's report fails alone", async () => {
    await enrolled(storage(), "a1");
    const reports = [syntheticReport("a1", 1), syntheticReport("nobody", 1), syntheticReport("a1", 2)];
    const results = await storage().saveReports(reports);
    expect(results.map((result) => result.applied)).toEqual([true, false, true]);
    expect(results[1]?.error).toBeInstanceOf(UnknownAgentError);
    expect(await connections(storage())).toBe(2);
  });

  test("a report that can't be stored is stored in no part, and the rest of its group is", async () => {
    await enrolled(storage(), "a1");
    const broken = syntheticReport("a1", 2, {
      flows: [syntheticFlow({ remoteAddress: "10.9.9.9" }), syntheticFlow({ connections: Number.NaN })],
    });
    const after = syntheticReport("a1", 3, { flows: [syntheticFlow({ remoteAddress: "10.9.9.9" })] });
    const results = await storage().saveReports([syntheticReport("a1", 1), broken, after]);
    expect(results.map((result) => result.applied)).toEqual([true, false, true]);
    expect(results[1]?.error).toBeInstanceOf(Error);
    expect((await storage().listFlows()).map((flow) => flow.client.address)).toEqual(["10.0.0.2", "10.9.9.9"]);
    expect(await connections(storage())).toBe(2);
    expect(await storage().saveReports([syntheticReport("a1", 2)])).toMatchObject([{ applied: true }]);
  });

  test("flows are seen from their observer, with bytes as the client sees them", async () => {
    const hostId = await enrolled(storage(), "a1");
    const process = { name: "java", program: "billing.jar", user: "app" };
    const bytes = { bytesSent: 10, bytesReceived: 3 };
    await storage().saveReports([
      syntheticReport("a1", 1, {
        flows: [
          syntheticFlow({ process, ...bytes, scope: "netns-7", folded: 12, remoteAddress: "203.0.113.0/24" }),
          syntheticFlow({ direction: "outbound", guessed: true, process, ...bytes, port: 1433, failed: 2 }),
          syntheticFlow({ direction: "unknown", port: 50_000, localPort: 40_000, protocol: "udp" }),
        ],
      }),
    ]);
    const observer = { address: "10.0.0.1", hostId };
    const same = {
      site: "seoul",
      connectionsByDay: [{ day: DAY, connections: 1 }],
      firstSeen: NOON,
      lastSeen: NOON + MINUTE,
      sources: ["proc-net"],
      countsAreExact: false,
    };
    expect(await storage().listFlows()).toEqual([
      {
        ...same,
        client: { address: "203.0.113.0/24" },
        server: { ...observer, process: "java (billing.jar)" },
        protocol: "tcp",
        serverPort: 443,
        direction: "observed",
        seenFrom: "server",
        scope: "netns-7",
        folded: 12,
        failed: 0,
        bytesSent: 3,
        bytesReceived: 10,
      },
      {
        ...same,
        client: { ...observer, process: "java (billing.jar)" },
        server: { address: "10.0.0.2" },
        protocol: "tcp",
        serverPort: 1433,
        direction: "guessed",
        seenFrom: "client",
        failed: 2,
        bytesSent: 10,
        bytesReceived: 3,
      },
      {
        ...same,
        client: observer,
        server: { address: "10.0.0.2" },
        protocol: "udp",
        serverPort: 50_000,
        clientPort: 40_000,
        direction: "unknown",
        seenFrom: "client",
        failed: 0,
      },
    ]);
  });

  test("the same flow adds up by day; certainty stays, exactness needs every report", async () => {
    await enrolled(storage(), "a1");
    const next = "2026-11-21";
    const later = { firstSeen: NOON + MINUTE, lastSeen: NOON + 9 * MINUTE };
    await storage().saveReports([
      syntheticReport("a1", 1, {
        flows: [syntheticFlow({ guessed: true, sources: ["tracefs"], countsAreExact: true })],
      }),
      syntheticReport("a1", 2, { flows: [syntheticFlow({ connections: 4, bytesSent: 5 })] }),
      syntheticReport("a1", 3, { flows: [syntheticFlow({ connections: 0, day: next, guessed: true, ...later })] }),
    ]);
    expect(await storage().listFlows()).toMatchObject([
      {
        direction: "observed",
        connectionsByDay: [
          { day: DAY, connections: 5 },
          { day: next, connections: 0 },
        ],
        sources: ["proc-net", "tracefs"],
        countsAreExact: false,
        bytesReceived: 5,
        firstSeen: NOON,
        lastSeen: NOON + 9 * MINUTE,
      },
    ]);
    const onlyNext = await storage().listFlows({ since: next, until: next });
    expect(onlyNext).toMatchObject([{ connectionsByDay: [{ day: next }], firstSeen: NOON + MINUTE }]);
    expect(onlyNext[0]).not.toHaveProperty("bytesReceived");
    expect(await storage().listFlows({ since: "2026-11-22" })).toEqual([]);
    expect(await storage().listFlows({ until: "2026-11-19" })).toEqual([]);
  });

  test("flows can be asked for by their observer", async () => {
    const hostId = await enrolled(storage(), "a1");
    await enrolled(storage(), "a2");
    await storage().saveReports([
      syntheticReport("a1", 1),
      syntheticReport("a2", 1, { flows: [syntheticFlow({ port: 22 })] }),
    ]);
    expect((await storage().listFlows({ hostId })).map((flow) => flow.serverPort)).toEqual([443]);
    expect(await storage().listFlows({ hostId: "h999" })).toEqual([]);
    expect(await storage().listFlows({ hostId: "no id" })).toEqual([]);
  });

  test("facts make the host's addresses, the latest ones; what came late changes nothing", async () => {
    await enrolled(storage(), "a1", { hostname: "old-name" });
    const [result] = await storage().saveReports([syntheticReport("a1", 5, { host: syntheticFacts })]);
    expect(result?.missing).toEqual(["listeners"]);
    const moved = [{ name: "eth0", hostLocal: false, addresses: [{ address: "10.0.9.9", prefix: 16 }] }];
    await storage().saveReports([
      syntheticReport("a1", 2, { host: { ...syntheticFacts, hostname: "late", interfaces: moved } }),
    ]);
    expect(await storage().listHosts()).toMatchObject([
      {
        name: "app01",
        kind: "managed",
        site: "seoul",
        agentId: "a1",
        facts: syntheticFacts,
        addresses: [
          { address: "10.0.0.1", prefix: 24, hostLocal: false },
          { address: "127.0.0.1", prefix: 8, hostLocal: true },
        ],
        firstSeen: NOON + 2 * MINUTE,
        lastSeen: NOON + 6 * MINUTE,
      },
    ]);
    await storage().saveReports([syntheticReport("a1", 6, { host: { ...syntheticFacts, interfaces: moved } })]);
    expect((await storage().listHosts())[0]?.addresses).toEqual([
      { address: "10.0.9.9", prefix: 16, hostLocal: false },
    ]);
  });

  test("a whole list opens and closes listeners; an older list does neither", async () => {
    const hostId = await enrolled(storage(), "a1");
    const web = { protocol: "tcp", address: "0.0.0.0", port: 443, process: { name: "nginx" } } as const;
    const ssh = { protocol: "tcp", address: "::", port: 22, scope: "netns-7" } as const;
    await storage().saveReports([syntheticReport("a1", 1, { listeners: [web, ssh] })]);
    await storage().saveReports([syntheticReport("a1", 4, { listeners: [web] })]);
    await storage().saveReports([syntheticReport("a1", 3, { listeners: [ssh] }), syntheticReport("a1", 9)]);
    const { process: _process, ...webSocket } = web;
    expect(await storage().listListeners()).toEqual([
      { ...webSocket, id: expect.any(Number), hostId, process: "nginx", firstSeen: at(1), lastSeen: at(9), open: true },
      { ...ssh, id: expect.any(Number), hostId, firstSeen: at(1), lastSeen: at(3), open: false },
    ]);
    await storage().saveReports([syntheticReport("a1", 10, { listeners: [] })]);
    expect((await storage().listListeners()).map((listener) => listener.open)).toEqual([false, false]);
  });

  test("coverage has the days, and the sources with what they said last and missed in all", async () => {
    const hostId = await enrolled(storage(), "a1");
    await enrolled(storage(), "silent");
    await storage().saveReports([
      syntheticReport("a1", 1, { days: [DAY, "2026-11-21"], sources: [source()] }),
      syntheticReport("a1", 3, { sources: [source({ ok: false, reason: "gone", lost: 2 })] }),
      syntheticReport("a1", 2, { days: ["2026-11-19"], sources: [source({ gapMs: 0.5 })] }),
    ]);
    expect(await storage().listCoverage()).toEqual([
      {
        hostId,
        days: ["2026-11-19", DAY, "2026-11-21"],
        firstReport: NOON + MINUTE,
        lastReport: NOON + 4 * MINUTE,
        sources: [{ ...source({ ok: false, reason: "gone", lost: 2 }), totalGapMs: 200.5, totalLost: 4 }],
      },
    ]);
  });
}
