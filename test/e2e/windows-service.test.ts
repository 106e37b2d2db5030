import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildEstate, type Estate } from "../estate/estate.ts";
import type { HostProcess } from "../estate/host-process.ts";
import { describeWithWindows } from "../estate/windows/requirements.ts";
import { bootWindows, type WindowsHost, windowsPath } from "../estate/windows/windows-host.ts";
import { COLLECTOR_HOST, COLLECTOR_PORT } from "./lab-plan.ts";
import { makePackage } from "./package.ts";
import { portolan, startCollector, stopCollector } from "./portolan.ts";

// The Windows executable as an administrator uses it, from install to uninstall, under Wine 10. What Wine can't show
// (recovery by the real Service Control Manager, access lists, DPAPI's keys, the Event Viewer) is not shown here.
// One file, though long: the tests are one life of a service, each goes on where the one before ended.

const ADDRESS = "10.93.1.11";
const DRIVE_C = "/run/.lab/windows/prefix/drive_c";
const PROGRAM = `${DRIVE_C}/Program Files/Portolan Agent`;
const STATE = `${DRIVE_C}/ProgramData/portolan-agent`;
const SERVICE_PORT = 8099;
const LONGEST_STOP_MS = 5000;
/** winerror.h, as sc prints it. */
const SPECIFIC_ERROR = 1066;

interface ListedAgent {
  hostname?: string;
  lastReportAt?: string;
}

describeWithWindows("the Windows executable as a service, under Wine 10", () => {
  let estate: Estate;
  let windows: WindowsHost;
  let collecting: HostProcess;
  let executable: string;
  let secretOfToken: string;

  const collector = () => estate.host(COLLECTOR_HOST);
  const data = () => join(collector().stateDir, "data");
  const ask = async <T>(...args: string[]) =>
    JSON.parse(await portolan(collector(), ...args, "--json", "--data", data())) as T;
  const agent = (...args: string[]) => windows.exec([windowsPath(executable), ...args], { timeoutMs: 60_000 });
  const unix = async (...argv: string[]) => (await windows.host.exec(argv)).stdout;
  /** What comes in is dropped: a stopped process would stop the nsenter that started it, too. */
  const STUCK = "table inet stuck { chain input { type filter hook input priority 0; policy drop; }; }";
  const nft = async (rules: string) => expect((await collector().exec(["nft", rules])).code).toBe(0);
  /** Of the host, a line each: memory and command line. */
  const processes = () => {
    const line = `printf '%s\\n' "$(sed -n 's/VmRSS:[[:space:]]*//p' $p/status) $(tr '\\0' ' ' < $p/cmdline)"`;
    return unix("sh", "-c", `for p in /proc/[0-9]*; do ${line}; done 2>/dev/null`);
  };
  const log = () => unix("cat", `${STATE}/logs/agent.log`);
  const state = async () => {
    const { code, stdout } = await windows.exec(["sc", "query", "PortolanAgent"]);
    const field = (name: string) => Number(new RegExp(`${name} +: (\\d+)`).exec(stdout)?.[1]);
    return { code, state: field("STATE"), error: field("WIN32_EXIT_CODE"), own: field("SERVICE_EXIT_CODE") };
  };

  async function until(what: string, holds: () => Promise<boolean>, seconds = 30): Promise<void> {
    const end = Date.now() + seconds * 1000;
    while (!(await holds())) {
      if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}\n${await log()}`);
      await sleep(250);
    }
  }
  async function stop(): Promise<void> {
    expect((await windows.exec(["sc", "stop", "PortolanAgent"])).code).toBe(0);
    await until("the end of the service", async () => (await state()).state === 1, 10);
  }
  /** By the log's clock: sc itself takes its time under Wine. */
  const lastStopMs = async () => {
    const lines = (await log())
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { time: string; msg: string });
    const asked = lines.findLastIndex(({ msg }) => msg === "asked to stop");
    const stopped = lines.slice(asked).find(({ msg }) => msg === "agent stopped");
    return Date.parse(stopped?.time ?? "") - Date.parse(lines[asked]?.time ?? "");
  };
  const reportedSince = async (since: number) => {
    const { items } = await ask<{ items: ListedAgent[] }>("agents");
    return items.some(({ lastReportAt }) => lastReportAt !== undefined && Date.parse(lastReportAt) >= since);
  };

  beforeAll(async () => {
    estate = await buildEstate({
      segments: [
        { name: "servers", cidr: "10.93.1.0/24" },
        { name: "management", cidr: "10.93.9.0/24" },
      ],
      hosts: [
        { name: "winapp1", segment: "servers", address: ADDRESS },
        { name: COLLECTOR_HOST, segment: "management", address: "10.93.9.10" },
      ],
    });
    const host = estate.host("winapp1");
    const made = join(host.stateDir, "dist");
    executable = join(made, "windows-x64", "portolan-agent.exe");
    [windows, collecting] = await Promise.all([
      bootWindows(host),
      startCollector(collector(), data()),
      makePackage("windows", made),
    ]);
    const { token } = await ask<{ token: string }>("token", "create", "--kind", "enrolment");
    const content: { secret: string } = JSON.parse(Buffer.from(token.slice(4), "base64url").toString());
    secretOfToken = content.secret;
    writeFileSync(join(host.stateDir, "token"), token);
    writeFileSync(
      join(host.stateDir, "agent.json"),
      JSON.stringify({ sampleSeconds: 1, reportSeconds: 5, cpuPercent: 100 }),
    );
    const listen = `console.log(JSON.stringify({ pid: process.pid })); net.createServer().listen(${SERVICE_PORT})`;
    windows.spawn(["Z:\\windows\\node.exe", "-e", listen], { log: "listener.log" });
    await host.waitForListener(SERVICE_PORT);
  }, 180_000);
  afterAll(() => estate?.close());

  test("a library that is not the published one is not loaded", async () => {
    const library = join(executable, "..", "koffi.node");
    const content = readFileSync(library);
    writeFileSync(library, Buffer.concat([content, Buffer.from("changed")]));
    try {
      const { code, stderr } = await agent("uninstall");
      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/SHA-256 .* not loaded/) });
    } finally {
      writeFileSync(library, content);
    }
  });

  test("an install that cannot enrol takes everything back", async () => {
    const token = Buffer.from(JSON.stringify({ url: "https://10.93.9.10:9", secret: "synthetic" }));
    writeFileSync(join(windows.host.stateDir, "bad-token"), `ptn_${token.toString("base64url")}`);
    const { code, stderr } = await agent("install", "--token-file", "bad-token");
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("ECONNREFUSED") });
    await expectNothingLeft();
  });

  test("install enrols, and the service runs and reports over HTTPS", async () => {
    const installed = await agent("install", "--token-file", "token", "--config", "agent.json");
    expect(installed).toMatchObject({ code: 0, stdout: expect.stringContaining("it runs") });
    expect(installed.stdout).toContain(`https://${collector().address}:${COLLECTOR_PORT}`);
    expect(await state()).toMatchObject({ code: 0, state: 4 });
    expect((await unix("ls", PROGRAM)).split("\n").filter(Boolean)).toEqual(["koffi.node", "portolan-agent.exe"]);
    await until("the first report", () => reportedSince(0));
    const { items } = await ask<{ items: { name: string; kind: string }[] }>("hosts");
    expect(items).toContainEqual(expect.objectContaining({ name: "winapp1", kind: "managed" }));
    const listeners = await ask<{ items: { port: number }[] }>("listeners", "--host", "winapp1");
    expect(listeners.items).toContainEqual(expect.objectContaining({ port: SERVICE_PORT, process: "node.exe" }));
    const again = await agent("install", "--token-file", "token");
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("installed already") });
  });

  test("it starts with the machine, under an account of its own, and its events have a source", async () => {
    const key = "HKLM\\SYSTEM\\CurrentControlSet\\Services";
    const registered = (await windows.exec(["reg", "query", `${key}\\PortolanAgent`])).stdout;
    const value = (name: string) => new RegExp(`^ +${name} +REG_\\w+ +(.*)$`, "m").exec(registered)?.[1]?.trim();
    expect(value("Start")).toBe("0x2");
    expect(value("DelayedAutoStart")).toBe("0x1");
    expect(value("ObjectName")).toBe("NT SERVICE\\PortolanAgent");
    expect(value("ImagePath")).toContain('"C:\\Program Files\\Portolan Agent\\portolan-agent.exe" service');
    const source = await windows.exec(["reg", "query", `${key}\\EventLog\\Application\\PortolanAgent`]);
    expect(source.stdout).toMatch(/EventMessageFile +REG_EXPAND_SZ/);
  });

  test("what it weighs under Wine is told, not promised", async () => {
    const rss = Number(/^(\d+) kB .*portolan-agent\.exe.* service/m.exec(await processes())?.[1]);
    expect(rss).toBeGreaterThan(0);
    const began = performance.now();
    expect((await agent("--version")).code).toBe(0);
    const startMs = performance.now() - began;
    process.stdout.write(`under Wine: RSS ${Math.round(rss / 1000)} MB, --version ${Math.round(startMs)} ms\n`);
  });

  test("no secret is clear on the disk or in a command line", async () => {
    const identity: Record<string, unknown> = JSON.parse(await unix("cat", `${STATE}/identity.json`));
    expect(identity).not.toHaveProperty("secret");
    expect(identity).toHaveProperty("sealedSecret");
    expect(await unix("grep", "-rl", secretOfToken, STATE, PROGRAM)).toBe("");
    const commandLines = await processes();
    expect(commandLines).toContain("agent.json");
    expect(commandLines).not.toContain(secretOfToken);
  });

  test("it survives a restart of the collector", async () => {
    await stopCollector(collector(), collecting);
    await until("an attempt that fails", async () => (await log()).includes("report not delivered, kept"));
    collecting = await startCollector(collector(), data());
    const since = Date.now();
    await until("a report after the restart", () => reportedSince(since), 60);
    expect(await state()).toMatchObject({ state: 4 });
  });

  test("it stops within 5 s, and its spool is empty", async () => {
    const began = Date.now();
    await stop();
    expect(await lastStopMs()).toBeLessThan(LONGEST_STOP_MS);
    expect(await state()).toMatchObject({ state: 1, error: 0 });
    expect(await unix("ls", `${STATE}/spool`)).not.toContain(".json.gz");
    expect(await log()).toContain("agent stopped");
    expect(await reportedSince(began)).toBe(true);
    await until("the end of the process", async () => !(await processes()).includes("portolan-agent.exe"), 5);
  });

  test("it stops within 5 s while the collector doesn't answer, and what it held is on the disk", async () => {
    await windows.exec(["sc", "start", "PortolanAgent"]);
    const started = Date.now();
    await until("a report", () => reportedSince(started));
    await nft(`add ${STUCK}`);
    try {
      await stop();
      expect(await lastStopMs()).toBeLessThan(LONGEST_STOP_MS);
      expect(await unix("ls", `${STATE}/spool`)).toContain(".json.gz");
    } finally {
      await nft("delete table inet stuck");
    }
  });

  test("a lock that a killed agent left holds nobody up, though its pid is another program's now", async () => {
    const { pid } = JSON.parse(readFileSync(join(windows.host.stateDir, "listener.log"), "utf8")) as { pid: number };
    await unix("sh", "-c", `echo '{"pid":${pid},"startTime":"1"}' > ${STATE}/run.lock`);
    await windows.exec(["sc", "start", "PortolanAgent"]);
    const started = Date.now();
    await until("a report", () => reportedSince(started));
    const second = await agent("run");
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining("another agent runs") });
    await stop();
  });

  test.each([
    ["an identity", "identity.json", 3, "not enrolled"],
    ["its settings", "agent.json", 2, "agent.json: cannot be read"],
  ])("a start without %s says so in its log and ends with a code of its own", async (_what, file, own, reason) => {
    await unix("mv", `${STATE}/${file}`, `${STATE}/away`);
    try {
      await windows.exec(["sc", "start", "PortolanAgent"]);
      await until("the end of the service", async () => (await state()).own === own, 10);
      expect(await state()).toMatchObject({ state: 1, error: SPECIFIC_ERROR, own });
      expect((await log()).trimEnd().split("\n").at(-1)).toContain(reason);
    } finally {
      await unix("mv", `${STATE}/away`, `${STATE}/${file}`);
    }
  });

  test("a start without its library says so in its log", async () => {
    await unix("mv", `${PROGRAM}/koffi.node`, `${PROGRAM}/away`);
    try {
      expect((await windows.exec(["sc", "start", "PortolanAgent"])).code).not.toBe(0);
      expect((await log()).trimEnd().split("\n").at(-1)).toMatch(/koffi\.node belongs beside the executable/);
    } finally {
      await unix("mv", `${PROGRAM}/away`, `${PROGRAM}/koffi.node`);
    }
  });

  test("uninstalled with its state and installed again it is the same agent", async () => {
    const { agentId }: { agentId: string } = JSON.parse(await unix("cat", `${STATE}/identity.json`));
    expect(await agent("uninstall", "--keep-state")).toMatchObject({ code: 0, stderr: "" });
    const settings = await unix("cat", `${STATE}/agent.json`);
    const anew = await agent("install", "--token-file", "token");
    expect(anew).toMatchObject({ code: 1, stderr: expect.stringContaining("is there already") });
    const again = await agent("install");
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining(agentId) });
    expect(await state()).toMatchObject({ state: 4 });
    expect(await unix("cat", `${STATE}/agent.json`)).toBe(settings);
    expect(settings).toContain("reportSeconds");
  });

  test("an install that fails changes nothing of what was there", async () => {
    expect(await agent("uninstall", "--keep-state")).toMatchObject({ code: 0 });
    const settings = await unix("cat", `${STATE}/agent.json`);
    await unix("sh", "-c", `mkdir '${PROGRAM}'; mv ${STATE}/identity.json ${STATE}/away`);
    writeFileSync(join(windows.host.stateDir, "other.json"), '{"reportSeconds":60}');
    try {
      expect(await agent("install", "--config", "other.json")).toMatchObject({ code: 2 });
      expect(await unix("cat", `${STATE}/agent.json`)).toBe(settings);
      expect(await unix("ls", PROGRAM)).toBe("");
    } finally {
      await unix("mv", `${STATE}/away`, `${STATE}/identity.json`);
    }
    expect(await agent("install")).toMatchObject({ code: 0 });
  });

  test("uninstall waits for a service that is stopping already", async () => {
    const since = Date.now();
    await until("a report", () => reportedSince(since));
    await nft(`add ${STUCK}`);
    try {
      expect((await windows.exec(["sc", "stop", "PortolanAgent"])).code).toBe(0);
      expect(await agent("uninstall", "--keep-state")).toMatchObject({ code: 0, stderr: "" });
    } finally {
      await nft("delete table inet stuck");
    }
    expect(await agent("install")).toMatchObject({ code: 0 });
  });

  test("uninstalled by the installed program itself, its files wait for the machine's next start", async () => {
    const itself = "C:\\Program Files\\Portolan Agent\\portolan-agent.exe";
    const { code, stdout, stderr } = await windows.exec([itself, "uninstall", "--keep-state"]);
    expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: expect.stringContaining("starts next") });
    expect(await unix("ls", PROGRAM)).toMatch(/^koffi\.node\.\d+\.removed\nportolan-agent\.exe\.\d+\.removed\n$/);
    expect(await agent("install")).toMatchObject({ code: 0 });
    expect(await state()).toMatchObject({ state: 4 });
  });

  test("uninstall stops it and leaves nothing", async () => {
    const { code, stdout, stderr } = await agent("uninstall");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("removed the service PortolanAgent");
    await expectNothingLeft();
    expect(await agent("uninstall")).toMatchObject({ code: 1, stderr: expect.stringContaining("no agent") });
  });

  async function expectNothingLeft(): Promise<void> {
    const SERVICE_DOES_NOT_EXIST = 1060;
    expect((await state()).code).toBe(SERVICE_DOES_NOT_EXIST & 0xff);
    expect(await unix("find", DRIVE_C, "-iname", "*portolan*")).toBe("");
    expect(await processes()).not.toContain("portolan-agent.exe");
    const key = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\PortolanAgent";
    expect((await windows.exec(["reg", "query", key])).code).not.toBe(0);
  }
});
