import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { freePort, openWorkplace, type Workplace } from "../e2e/local-collector.ts";
import { postReport, reportBody, type SyntheticAgent } from "../e2e/synthetic-agent.ts";
import type { EnrolledCollector } from "./enrolled-collector.ts";
import { healthySender, startWarmCollector } from "./hostile-collector.ts";

const SLOW = 500;
/** Above the collector's own limits (30 s for a body, 20 s for headers, 10 s for a handshake, each seen 2 s late at most), for a busy machine. */
const BODY_ENDS_MS = 45_000;
const HEADERS_END_MS = 35_000;
const HANDSHAKE_ENDS_MS = 25_000;
const MOST_P99_MS = 1000;
const BYTE_EVERY_MS = 1000;
const TOO_SLOW = /^HTTP\/1\.1 408 [^]*application\/problem\+json[^]*"code":"too_slow"/;

let collector: EnrolledCollector;
const opened: Workplace[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const work of opened.splice(0)) work.close();
});

async function startCollector(): Promise<void> {
  collector = await startWarmCollector();
  opened.push(collector.work);
}

interface Ended {
  afterMs: number;
  text: string;
}

/** Sends `first`, and then a byte now and then until the other end has enough. */
function slow(first: string | Buffer, everyMs = BYTE_EVERY_MS, port = collector.port): Promise<Ended> {
  return new Promise((resolve) => {
    const started = performance.now();
    let text = "";
    const socket = connect(port, "127.0.0.1");
    sockets.push(socket);
    // Kept until the connection stands, which takes over a second where the kernel's queue was full: before any byte of later.
    socket.write(first);
    const timer = everyMs > 0 ? setInterval(() => socket.writable && socket.write("x"), everyMs) : undefined;
    socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
    socket.on("error", () => {});
    socket.on("close", () => {
      clearInterval(timer);
      resolve({ afterMs: performance.now() - started, text });
    });
  });
}

const many = (make: () => Promise<Ended>) => Promise.all(Array.from({ length: SLOW }, make));

/** All kinds at once, 500 each. */
async function besideHealthy(
  sender: SyntheticAgent,
  kinds: readonly (readonly [name: string, make: () => Promise<Ended>])[],
): Promise<Ended[][]> {
  const healthy = healthySender(collector.url, sender);
  const ended = await Promise.all(kinds.map(([, make]) => many(make)));
  const { count, p99, worst, other } = await healthy.stop();
  for (const [index, [name]] of kinds.entries()) {
    const seconds = (ended[index] ?? []).map(({ afterMs }) => afterMs / 1000);
    const [first, last] = [Math.min(...seconds), Math.max(...seconds)];
    process.stdout.write(`${SLOW} ${name}: ended after ${first.toFixed(1)} to ${last.toFixed(1)} s\n`);
  }
  const slowest = `p99 ${p99.toFixed(0)} ms, worst ${worst.toFixed(0)} ms`;
  process.stdout.write(`beside them ${count} healthy reports, ${slowest}\n`);
  expect(other).toEqual([]);
  expect(p99).toBeLessThan(MOST_P99_MS);
  return ended;
}

test("500 slow bodies, 500 slow headers and 500 silent connections are ended in time, and who behaves is answered", async () => {
  await startCollector();
  const sender = await collector.enrol("synthetic-slow");
  const healthy = await collector.enrol("synthetic-healthy");
  const head = `POST /api/v1/reports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${sender.secret}\r\nContent-Type: application/json\r\n`;
  const unfinished = `POST /api/v1/reports HTTP/1.1\r\nX-Slow: `;
  const [bodies, headers, silent] = await besideHealthy(healthy, [
    ["slow bodies", () => slow(`${head}Content-Length: 5000\r\n\r\n{`)],
    ["slow headers", () => slow(unfinished)],
    ["silent connections", () => slow("", 0)],
  ]);
  for (const { afterMs, text } of bodies ?? []) {
    expect(text).toMatch(TOO_SLOW);
    expect(afterMs).toBeLessThan(BODY_ENDS_MS);
  }
  for (const { afterMs, text } of headers ?? []) {
    expect(text).toMatch(TOO_SLOW);
    expect(afterMs).toBeLessThan(HEADERS_END_MS);
  }
  for (const { afterMs } of silent ?? []) expect(afterMs).toBeLessThan(HEADERS_END_MS);
});

test("500 TLS handshakes that never end are ended in time", async () => {
  const work = openWorkplace();
  opened.push(work);
  const port = await freePort();
  await work.serve(join(work.folder, "data"), port, [], "0.0.0.0");
  const begun = Buffer.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01);
  const halfOpen = await many(() => slow(begun, 0, port));
  const last = Math.max(...halfOpen.map(({ afterMs }) => afterMs));
  process.stdout.write(`${SLOW} half-open handshakes: ended after at most ${(last / 1000).toFixed(1)} s\n`);
  for (const { afterMs } of halfOpen) expect(afterMs).toBeLessThan(HANDSHAKE_ENDS_MS);
});

/** One request as bytes; what comes back until the connection ends, or until the sender has seen enough. */
function answerTo(message: string, end: boolean): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(collector.port, "127.0.0.1", () => (end ? socket.end(message) : socket.write(message)));
    sockets.push(socket);
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (!end) setTimeout(() => socket.destroy(), 500);
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
  });
}

test("a length that lies is refused, whichever way it lies", async () => {
  await startCollector();
  const sender = await collector.enrol("synthetic-liar");
  const head = `POST /api/v1/reports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${sender.secret}\r\nContent-Type: application/json\r\n`;
  const body = JSON.stringify({ protocolVersion: 1 });
  const problems = {
    shorter: await answerTo(`${head}Content-Length: ${body.length - 5}\r\n\r\n${body}`, true),
    longer: await answerTo(`${head}Content-Length: ${body.length + 5}\r\n\r\n${body}`, true),
    absent: await answerTo(`${head}\r\n${body}`, true),
    "larger than any": await answerTo(`${head}Content-Length: 99999999999\r\n\r\n${body}`, false),
    negative: await answerTo(`${head}Content-Length: -1\r\n\r\n${body}`, true),
    "no number": await answerTo(`${head}Content-Length: 1e3\r\n\r\n${body}`, true),
    twice: await answerTo(`${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\n${body}`, true),
    "and chunks": await answerTo(`${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n${body}`, true),
    "chunk without end": await answerTo(`${head}Transfer-Encoding: chunked\r\n\r\nffffff\r\n${body}`, true),
    "no chunk": await answerTo(`${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n${body}`, true),
  };
  for (const [lie, answer] of Object.entries(problems)) {
    expect({ lie, answer }).toEqual({
      lie,
      answer: expect.stringMatching(/^HTTP\/1\.1 4\d\d [^]*application\/problem\+json/i) as string,
    });
  }
  const after = await postReport(collector.url, sender, reportBody(sender.id, 1, 40));
  expect(JSON.parse(after?.body ?? "{}")).toMatchObject({ applied: true });
});

test("who has no token is refused before the body is read, and fills no log", async () => {
  await startCollector();
  const healthy = await collector.enrol("synthetic-healthy");
  for (const path of ["reports", "enrolments"]) {
    const head = `POST /api/v1/${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer nobody\r\nContent-Type: application/json\r\n`;
    // Not one byte of the body is sent.
    const answer = await answerTo(`${head}Content-Length: 8000000\r\nContent-Encoding: gzip\r\n\r\n`, false);
    expect(answer).toMatch(/^HTTP\/1\.1 401 [^]*application\/problem\+json/);
  }
  const nobody = { id: "nobody", secret: "nobody" };
  const body = reportBody("nobody", 1, 40);
  for (let round = 0; round < 20; round += 1)
    await Promise.all(Array.from({ length: 50 }, () => postReport(collector.url, nobody, body)));
  const lines = collector
    .log()
    .split("\n")
    .filter((line) => line.includes("valid token"));
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.length).toBeLessThan(5);
  const after = await postReport(collector.url, healthy, reportBody(healthy.id, 1, 40));
  expect(after?.status).toBe(200);
});
