import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFlowTable } from "../../flows/flow-table.ts";
import { createSampler } from "./index.ts";
import { parseSecurityEvent } from "./parse-security-event.ts";
import { createSecurityEvents } from "./security-events.ts";
import { type EventCalls, openSecurityLog } from "./security-log.ts";
import { createWin32Double, type DoubleWindows } from "./win32-double.ts";

const two = (value: number): string => String(value).padStart(2, "0");

const HEAD =
  "#Fields: date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode info path pid\n";

describe("a synthetic firewall log beside a double's tables", () => {
  let folder: string;
  let file: string;
  let windows: DoubleWindows;
  let sampler: ReturnType<typeof createSampler>;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "portolan-firewall-"));
    file = join(folder, "pfirewall.log");
    writeFileSync(file, HEAD);
    const double = createWin32Double();
    windows = double.windows;
    windows.processes = [{ pid: 1200, name: "dns.exe", createdAt: 60n }];
    sampler = createSampler({ firewallLog: file, events: { use: ["firewall-log"], onGap: () => {} } }, double.win32);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const ROW = { action: "ALLOW", protocol: "TCP", from: "127.0.0.1 192.0.2.9 50001 443", path: "SEND", pid: "-" };
  /** A row of now. */
  function log(row: Partial<typeof ROW>): void {
    const { action, protocol, from, path, pid } = { ...ROW, ...row };
    const now = new Date();
    const date = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
    const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
    appendFileSync(file, `${date} ${time} ${action} ${protocol} ${from} 0 - 0 0 0 - - - ${path} ${pid}\n`);
  }

  test("adds UDP peers with their process, short connections, and attempts that were dropped", async () => {
    const table = createFlowTable();
    table.observe(await sampler.sample());
    log({ protocol: "UDP", from: "192.0.2.9 127.0.0.1 40000 53", path: "RECEIVE", pid: "1200" });
    log({});
    log({ action: "DROP", from: "192.0.2.9 127.0.0.1 40001 22", path: "RECEIVE" });
    table.observe(await sampler.sample());
    const { flows, processes } = table.drain();
    const inShort = flows.map((flow) => {
      const port = flow.direction === "unknown" ? "?" : flow.serverPort;
      const name = flow.process === undefined ? "unknown" : processes[flow.process]?.name;
      return `${flow.direction} ${flow.protocol} ${port} ${flow.connections} ${flow.failed ?? 0} ${name}`;
    });
    expect(inShort.sort()).toEqual([
      "inbound tcp 22 0 1 unknown",
      "inbound udp 53 1 0 dns.exe",
      "outbound tcp 443 1 0 unknown",
    ]);
  });

  test("what the tables showed counts once, though the log's word comes after it ended; a later one counts again", async () => {
    const table = createFlowTable();
    table.observe(await sampler.sample());
    windows.tcp4 = [{ local: [127, 0, 0, 1], localPort: 50_001, remote: [192, 0, 2, 9], remotePort: 443, pid: 1200 }];
    table.observe(await sampler.sample());
    windows.tcp4 = [];
    table.observe(await sampler.sample());
    log({});
    table.observe(await sampler.sample());
    expect(table.drain().flows).toMatchObject([{ connections: 1 }]);
    await new Promise((resolve) => setTimeout(resolve, 2100));
    log({});
    table.observe(await sampler.sample());
    table.observe(await sampler.sample());
    expect(table.drain().flows).toMatchObject([{ connections: 1 }]);
  });

  test("a log's word counts for the time between the looks, and names no process that began after it", async () => {
    const from = (await sampler.sample()).at;
    const pid = "1200";
    log({ pid });
    const [told] = (await sampler.sample()).events;
    expect(told).toMatchObject({ kind: "opened", direction: "outbound", process: { name: "dns.exe" } });
    // The log has whole seconds: its time alone would often lie before the look before.
    expect(told?.at).toBeGreaterThanOrEqual(from);
    const startsLater = (BigInt(Date.now() + 60_000) + 11_644_473_600_000n) * 10_000n;
    windows.processes = [{ pid: 1200, name: "successor.exe", createdAt: startsLater }];
    log({ pid, from: "127.0.0.1 192.0.2.9 50002 443" });
    expect((await sampler.sample()).events[0]).not.toHaveProperty("process");
  });

  test("what went to a group or to everybody, or came to no address of this host, is no connection", async () => {
    await sampler.sample();
    for (const to of ["239.255.255.250", "255.255.255.255"]) log({ protocol: "UDP", from: `127.0.0.1 ${to} 137 137` });
    log({ protocol: "UDP", from: "192.0.2.9 192.0.2.255 137 137", path: "RECEIVE" });
    expect((await sampler.sample()).events).toEqual([]);
  });

  test("the host is blind to UDP peers and short connections until the log shows allowed ones of both directions", async () => {
    const blind = async (): Promise<string[] | undefined> => (await sampler.sample()).sources[0]?.blindTo;
    expect(await blind()).toEqual(["udp-peers", "resets", "peer-closed", "failed-attempts", "bytes"]);
    log({ action: "DROP" });
    log({});
    const { sources } = await sampler.sample();
    expect(sources[0]?.blindTo).toContain("udp-peers");
    expect(sources[1]).toMatchObject({
      name: "firewall-log",
      ok: true,
      reason: expect.stringMatching(/no allowed inbound/),
    });
    log({ from: "192.0.2.9 127.0.0.1 40000 53", path: "RECEIVE" });
    expect(await blind()).toEqual(["failed-attempts", "bytes"]);
    rmSync(file);
    const gone = await sampler.sample();
    expect(gone.sources[1]).toMatchObject({ ok: false, reason: expect.stringMatching(/ENOENT/) });
    expect(gone.sources[0]?.blindTo).toContain("udp-peers");
    expect(gone.isComplete).toBe(true);
  });

  test("off unless configured", async () => {
    const { win32 } = createWin32Double();
    const without = createSampler({ firewallLog: file, events: { use: ["ss-events"], onGap: () => {} } }, win32);
    await without.sample();
    log({});
    const { sources, events } = await without.sample();
    expect([sources.map(({ name }) => name), events]).toEqual([["ip-helper"], []]);
  });
});

/** Microsoft's example of the event, its addresses in the documentation's ranges; synthetic. */
const EVENT = `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing'/><EventID>5156</EventID><TimeCreated SystemTime='2026-11-21T05:24:22.6220902Z'/></System><EventData><Data Name='ProcessID'>4556</Data><Data Name='Application'>\\device\\harddiskvolume3\\r&amp;d\\listener.exe</Data><Data Name='Direction'>%%14592</Data><Data Name='SourceAddress'>192.0.2.5</Data><Data Name='SourcePort'>3333</Data><Data Name='DestAddress'>192.0.2.9</Data><Data Name='DestPort'>49278</Data><Data Name='Protocol'>17</Data></EventData></Event>`;

/** A double of wevtapi: answers to be given one after the other, how many events or an error's code. */
function eventCalls(answers: ({ events: number } | { code: number })[]) {
  const open = new Set<string>();
  const calls: EventCalls = {
    subscribe() {
      open.add("subscription");
      return { handle: 1, code: 0 };
    },
    next(_subscription, into, got) {
      const answer = answers.shift() ?? { code: 259 };
      if ("code" in answer) return answer.code;
      for (let index = 0; index < answer.events; index++) open.add(`event ${(into[index] = BigInt(index))}`);
      got[0] = answer.events;
      return 0;
    },
    render(_event, into, used) {
      used[0] = into.write(`${EVENT}\0`, "utf16le");
      return true;
    },
    closeEvent: (event) => void open.delete(`event ${event}`),
    unsubscribe: () => void open.delete("subscription"),
  };
  return { calls, open };
}

describe("Security events, synthetic", () => {
  test("are read by names and numbers, none of which depends on a language", () => {
    expect(parseSecurityEvent(EVENT)).toEqual({
      kind: "allowed",
      protocol: "udp",
      direction: "inbound",
      sourceAddress: "192.0.2.5",
      sourcePort: 3333,
      destinationAddress: "192.0.2.9",
      destinationPort: 49_278,
      at: Date.parse("2026-11-21T05:24:22.622Z"),
      pid: 4556,
      application: "\\device\\harddiskvolume3\\r&d\\listener.exe",
    });
    expect(parseSecurityEvent(EVENT.replace("5156", "5157"))).toMatchObject({ kind: "blocked" });
    expect(parseSecurityEvent(EVENT.replace("14592", "14593"))).toMatchObject({ direction: "outbound" });
    expect(parseSecurityEvent(EVENT.replace("5156", "4624"))).toBe("other");
    expect(parseSecurityEvent(EVENT.replace(">17<", ">1<"))).toBe("other");
    for (const damaged of ["", EVENT.replace("3333", "?"), EVENT.replace("%%14592", ""), EVENT.slice(0, 300)])
      expect(parseSecurityEvent(damaged)).toBeUndefined();
  });

  test("through a double of the log: the source is this host, unless only the other end is", () => {
    const waiting = [EVENT, EVENT.replace("5156", "5157"), "damaged"];
    const log = { next: () => waiting.splice(0), close: () => {} };
    const ends = (own: string): string[] => {
      const { told } = createSecurityEvents(
        () => log,
        (address) => address === own,
      ).take();
      return told.map(({ event }) => `${event.kind} ${event.localAddress} ${event.localPort} ${event.remoteAddress}`);
    };
    expect(ends("192.0.2.5")).toEqual(["opened 192.0.2.5 3333 192.0.2.9", "failed 192.0.2.5 3333 192.0.2.9"]);
    waiting.push(EVENT);
    expect(ends("192.0.2.9")).toEqual(["opened 192.0.2.9 49278 192.0.2.5"]);
  });

  test("through a double of wevtapi: a subscription that fails is said and made anew, and no handle stays open", () => {
    const { calls, open } = eventCalls([{ events: 2 }, { code: 1734 }, { code: 1734 }, { events: 1 }, { code: 4317 }]);
    const events = createSecurityEvents(
      () => openSecurityLog(calls),
      () => true,
    );
    expect(events.take().source).toMatchObject({ ok: true, observations: 2 });
    expect([...open]).toEqual(["subscription"]);
    expect(events.take().source).toMatchObject({ ok: false, reason: expect.stringMatching(/EvtNext: .*1734/) });
    expect([...open]).toEqual([]);
    expect(events.take().source).toMatchObject({ ok: true, observations: 1 });
    expect(events.take().source).toMatchObject({ ok: true, observations: 0 });
    events.close();
    expect([...open]).toEqual([]);
  });

  test("a log that refuses is said, and asked again; what makes no sense is lost", () => {
    let isRefused = true;
    const open = () => {
      if (isRefused) throw new Error("the Security log: error 5: lacks membership of Event Log Readers");
      return { next: () => [EVENT, "damaged"], close: () => {} };
    };
    const events = createSecurityEvents(open, () => true);
    expect(events.take()).toMatchObject({
      told: [],
      isBlind: true,
      source: { ok: false, reason: expect.stringMatching(/Event Log Readers/) },
    });
    isRefused = false;
    expect(events.take().source).toMatchObject({
      ok: true,
      observations: 2,
      lost: 1,
      reason: expect.stringMatching(/permitted outbound/),
    });
  });
});
