import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import type { ConnectionEvent } from "../sampler.ts";
import type { EventSource, TakenEvents } from "../event-source.ts";
import { createSsEvents } from "./ss-events.ts";

let source: EventSource | undefined;
afterEach(async () => source?.close());

/** A double of ss: a program of the test's own that prints what ss would. */
const double = (script: string) => () => spawn(process.execPath, ["-e", script]);
const ROW = "tcp UNCONN 0 0 10.0.0.1:5432 10.0.0.2:40000 bytes_sent:3 bytes_acked:5 bytes_received:8";

async function takenUntil(isEnough: (taken: TakenEvents) => boolean): Promise<TakenEvents> {
  const all: TakenEvents = { events: [], source: { name: "", ok: true, observations: 0, lost: 0, gapMs: 0, cpuMs: 0 } };
  for (let tries = 0; tries < 200; tries += 1) {
    const { events, source: fared } = source?.take() ?? all;
    all.events.push(...events);
    const gapMs = all.source.gapMs + fared.gapMs;
    all.source = { ...all.source, ...fared, gapMs, lost: all.source.lost + fared.lost };
    if (isEnough(all)) return all;
    await sleep(50);
  }
  throw new Error(`not within 10 s: ${JSON.stringify(all)}`);
}

test("tells what its child costs, once", async () => {
  let total = 5;
  source = createSsEvents({ start: double("setInterval(() => {}, 1000)"), onGap: () => {}, cpuMsOf: () => total });
  expect(source.take().source.cpuMs).toBe(5);
  expect(source.take().source.cpuMs).toBe(0);
  total = 7;
  expect(source.take().source.cpuMs).toBe(2);
});

test.runIf(spawnSync("stdbuf", ["-oL", "ss", "-V"]).status === 0)(
  "a real connection's end, with its bytes",
  async () => {
    source = createSsEvents({ onGap: () => {} });
    await takenUntil(({ source: fared }) => fared.ok);
    const server = createServer((socket) => socket.end("hello")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const isOurs = ({ localPort }: ConnectionEvent) => localPort === port;
    // The child says nothing when it begins to listen: try until it does.
    const { events } = await takenUntil(({ events: told }) => {
      connect(port, "127.0.0.1")
        .on("error", () => {})
        .resume();
      return told.some(isOurs);
    });
    server.close();
    expect(events.find(isOurs)).toMatchObject({ kind: "closed", localAddress: "127.0.0.1", bytesSent: 5 });
  },
);

test("a child that ends is a gap, and is started again", async () => {
  let gaps = 0;
  const script = `console.log(${JSON.stringify(ROW)}); console.error("netlink receive error"); setTimeout(() => process.exit(255), 100)`;
  source = createSsEvents({ start: double(script), onGap: () => (gaps += 1) });
  const { events, source: fared } = await takenUntil((all) => all.events.length >= 2 && gaps >= 1);
  expect(events[1]).toMatchObject({ kind: "closed", localPort: 5432, bytesSent: 3, bytesReceived: 7 });
  expect(fared.gapMs).toBeGreaterThan(500);
});

test("a child that can't be started says what is missing", async () => {
  source = createSsEvents({ start: () => spawn("there-is-no-such-program"), onGap: () => {} });
  const { source: fared } = await takenUntil(({ source: { reason } }) => reason !== undefined);
  expect(fared).toMatchObject({ ok: false, reason: expect.stringContaining("is not installed") });
});

test("an option that an old ss does not know is left out", async () => {
  const tried: string[] = [];
  source = createSsEvents({
    onGap: () => {},
    start(args) {
      tried.push(...args);
      const isTooNew = args[0]?.includes("O") === true;
      return double(
        isTooNew ? `console.error("ss: invalid option -- 'O'"); process.exit(1)` : `console.log("${ROW}")`,
      )();
    },
  });
  await takenUntil(({ events }) => events.length > 0);
  expect(tried.slice(0, 2)).toEqual(["-EinOHtu", "-EinHtu"]);
});

test("of an old ss, which writes a row and its details one after the other, both are one row", async () => {
  const [row, details] = [ROW.slice(0, ROW.indexOf(" bytes_sent")), `\t cubic ${ROW.slice(ROW.indexOf("bytes_sent"))}`];
  const pieces = [row, details, row, details].map((line) => `${line}\n`);
  const script = `const pieces = ${JSON.stringify(pieces)};
    setInterval(() => pieces.length > 0 && process.stdout.write(pieces.shift()), 30)`;
  source = createSsEvents({
    onGap: () => {},
    start: (args) =>
      double(args[0]?.includes("O") ? `console.error("invalid option -- 'O'"); process.exit(1)` : script)(),
  });
  const { events, source: fared } = await takenUntil((all) => all.events.length === 2 && all.source.ok);
  expect(fared.lost).toBe(0);
  expect(events.map(({ bytesSent, bytesReceived }) => [bytesSent, bytesReceived])).toEqual([
    [3, 7],
    [3, 7],
  ]);
});

test("what is no row is counted as lost", async () => {
  const script = `console.log("rubbish\\n${ROW}"); setTimeout(() => {}, 20_000)`;
  source = createSsEvents({ start: double(script), onGap: () => {} });
  const { source: fared } = await takenUntil(({ events }) => events.length === 1);
  expect(fared).toMatchObject({ ok: true, lost: 1 });
});

test("a UDP socket that may have sent nothing is no connection, one that asked a name server is", async () => {
  const udp = "udp ESTAB 0 -1 10.0.0.1:50000";
  const rows = [`${udp} 10.0.0.2:443`, `${udp} 10.0.0.53:53`, ROW];
  const script = `for (const row of ${JSON.stringify(rows)}) console.log(row); setTimeout(() => {}, 20_000)`;
  source = createSsEvents({ start: double(script), onGap: () => {} });
  const { events } = await takenUntil((all) => all.events.some(({ protocol }) => protocol === "tcp"));
  expect(events.map(({ protocol, remotePort }) => [protocol, remotePort])).toEqual([
    ["udp", 53],
    ["tcp", 40_000],
  ]);
});
