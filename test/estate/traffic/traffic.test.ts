import { afterAll, beforeAll, expect, test } from "vitest";
import { buildEstate, type Estate } from "../estate.ts";
import { describeInLab } from "../requirements.ts";
import { makeCalls, startServers } from "./run.ts";
import { type Service, type TrafficScript, writeScript } from "./script.ts";
import { dependencyKey, readTruth, readWitnesses, type TrueDependency } from "./truth.ts";

const SEGMENTS = [
  { name: "front", cidr: "10.92.1.0/24" },
  { name: "data", cidr: "10.92.2.0/24" },
];
const HOSTS = [
  { name: "web1", segment: "front", address: "10.92.1.11" },
  { name: "shop1", segment: "front", address: "10.92.1.12" },
  { name: "db1", segment: "data", address: "10.92.2.31" },
];
const SERVICES: readonly Service[] = [
  { host: "web1", port: 8080, closes: "server", program: "server" },
  { host: "db1", port: 5432, closes: "client", program: "server", long: true, listenAddress: "::" },
  { host: "db1", port: 40_811, closes: "server", program: "server", endsAfterItsCalls: true },
  { host: "shop1", port: 8443, closes: "either", program: "web-server", databasePort: 3306 },
  { host: "shop1", port: 3306, closes: "client", program: "database", listenAddress: "127.0.0.1" },
];
const DURATION_MS = 4000;

function scriptOf(seed: number): TrafficScript {
  return writeScript({ seed, durationMs: DURATION_MS, hosts: HOSTS, services: SERVICES });
}

test("a script is the same for the same seed and another for another", () => {
  expect([...scriptOf(7).calls]).toEqual([...scriptOf(7).calls]);
  expect([...scriptOf(7).calls]).not.toEqual([...scriptOf(8).calls]);
});

test("a script stays within its duration and its bounds", () => {
  for (let seed = 0; seed < 50; seed++) {
    const calls = [...scriptOf(seed).calls.values()].flat();
    expect(calls.every((call) => call.atMs >= 0 && call.holdMs >= 1)).toBe(true);
    expect(Math.max(...calls.map((call) => call.atMs + call.holdMs))).toBeLessThan(DURATION_MS);
    expect(calls.length).toBeLessThanOrEqual(SERVICES.length * 3 * 13);
  }
});

describeInLab("seeded traffic in a lab", () => {
  const script = scriptOf(7);
  let estate: Estate;
  let truth: TrueDependency[];
  beforeAll(async () => {
    estate = await buildEstate({ segments: SEGMENTS, hosts: HOSTS });
    await startServers(estate, script);
    await makeCalls(estate, script);
    truth = readTruth(estate);
  }, 60_000);
  afterAll(() => estate.close());

  test("callers and servers logged the same connections", () => {
    const { callers, servers } = readWitnesses(estate);
    expect(callers.length).toBeGreaterThan(20);
    expect(callers).toEqual(servers);
  });

  test("the truth is what the script planned, and the monolith's loopback", () => {
    const planned = new Map<string, number>();
    for (const [clientHost, calls] of script.calls) {
      for (const call of calls) {
        const clientAddress = estate.host(clientHost).address;
        const serverHost = estate.hostOfAddress(call.address) ?? "";
        const ends = { clientHost, clientAddress, serverHost, serverAddress: call.address };
        const key = dependencyKey({ ...ends, protocol: "tcp", serverPort: call.port });
        planned.set(key, (planned.get(key) ?? 0) + 1);
      }
    }
    const requests = truth
      .filter((entry) => entry.serverPort === 8443)
      .reduce((sum, entry) => sum + entry.connections, 0);
    planned.set("shop1 127.0.0.1 > shop1 127.0.0.1 tcp/3306", requests + 1);
    expect(new Map(truth.map((entry) => [dependencyKey(entry), entry.connections]))).toEqual(planned);
  });

  test("connections were closed from the end that the service closes from", () => {
    for (const entry of truth.filter(({ serverPort }) => [8080, 40_811].includes(serverPort))) {
      expect(entry).toMatchObject({ closedByServer: entry.connections, closedByClient: 0 });
    }
    for (const entry of truth.filter(({ serverPort }) => serverPort === 5432)) {
      expect(entry).toMatchObject({ closedByClient: entry.connections, closedByServer: 0 });
    }
  });

  test("FIN closes leave TIME_WAIT at the end that closed first; the ended listener leaves it without a listener", async () => {
    const sockets = (await estate.host("db1").exec(["ss", "-tanH"])).stdout.split("\n");
    const ofBurst = sockets.filter((line) => / 10\.92\.2\.31:40811 /.test(line));
    const made = truth
      .filter((entry) => entry.serverPort === 40_811)
      .reduce((sum, entry) => sum + entry.connections, 0);
    expect(ofBurst.map((line) => line.split(" ")[0])).toEqual(Array.from({ length: made }, () => "TIME-WAIT"));
  });
});
