import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFlowTable } from "../../flows/flow-table.ts";
import { createSampler } from "./index.ts";
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
