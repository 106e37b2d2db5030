import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "@portolan/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildEstate, type Estate } from "../estate.ts";
import { windowsRoot } from "./cache.ts";
import { describeWithWindows } from "./requirements.ts";
import { agentFile, withoutChildren } from "./run-code.ts";
import { NODE_EXE, windowsPath, type WindowsHost } from "./windows-host.ts";

const AGENT = agentFile("main.ts");
const LOCALES = ["C.UTF-8", "de_DE.UTF-8", "ko_KR.UTF-8"];
/** Of no code page of the three. */
const FOLDER = "Größe 서비스 Ж";
const PORT = 8080;

describeWithWindows("the agent on a Windows host under Wine", () => {
  let estate: Estate;
  let windows: WindowsHost;
  let program: string;
  beforeAll(async () => {
    const [segment, host] = [
      { name: "app", cidr: "10.93.1.0/24" },
      { name: "winapp1", segment: "app" },
    ];
    estate = await buildEstate({ segments: [segment], hosts: [{ ...host, address: "10.93.1.11", system: "windows" }] });
    const booted = estate.windows("winapp1");
    if (booted === undefined) throw new TypeError("winapp1 is no Windows host");
    windows = booted;
    const folder = join(windows.host.stateDir, FOLDER);
    mkdirSync(folder);
    copyFileSync(join(windowsRoot(), "windows/node.exe"), join(folder, "server.exe"));
    program = windowsPath(join(folder, "server.exe"));
    const code = `net.createServer().listen(${PORT}); dgram.createSocket("udp4").bind(${PORT})`;
    windows.spawn([program, "-e", code], { log: "server.log", env: { LC_ALL: "de_DE.UTF-8" } });
    await windows.host.waitForListener(PORT);
  });
  afterAll(() => estate?.close());

  test("sees listeners with program, file and user, under the code pages of three languages alike, and starts no process", async () => {
    for (const LC_ALL of LOCALES) {
      const argv = [NODE_EXE, ...withoutChildren(windows), AGENT, "once", "--json"];
      const { code, stdout, stderr } = await windows.exec(argv, { env: { LC_ALL } });
      expect({ code, stderr }, LC_ALL).toEqual({ code: 0, stderr: "" });
      const { listeners = [], processes = [], sources }: Report = JSON.parse(stdout);
      const told = listeners.map(({ protocol, port, process = -1 }) => [protocol, port, processes[process]]);
      const server = { name: "server.exe", executable: program, user: "WINAPP1\\root" };
      expect(told, LC_ALL).toEqual([
        ["tcp", PORT, server],
        ["udp", PORT, server],
      ]);
      expect(sources[0]).toMatchObject({ name: "ip-helper", ok: true, lost: 0 });
    }
  });

  test("doctor tries each call and writes a file in which nothing names this host", async () => {
    const file = join(windows.host.stateDir, "doctor.json");
    const { code, stdout } = await windows.exec([NODE_EXE, AGENT, "doctor", "-o", windowsPath(file)]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/on +ip-helper .* \d+ TCP and \d+ UDP sockets in \d/);
    const written = readFileSync(file, "utf8");
    expect(JSON.parse(written)).toMatchObject({
      system: { platform: "win32", version: "Windows Server 2022 Standard" },
    });
    expect(written).not.toMatch(/winapp1|10\.93\.|server\.exe/i);
  });

  test("a log that is named and not there, and one that Wine does not have, are said; the tables go on", async () => {
    const config = join(windows.host.stateDir, "agent.json");
    writeFileSync(config, JSON.stringify({ eventSources: ["firewall-log", "security-events"] }));
    const { code, stdout } = await windows.exec([NODE_EXE, AGENT, "doctor", "--json", "--config", windowsPath(config)]);
    expect(code).toBe(0);
    const tiers: { name: string; isOn: boolean; reason: string }[] = JSON.parse(stdout);
    expect(tiers.filter(({ isOn }) => !isOn).map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
      expect.stringMatching(/^firewall-log: ENOENT.*pfirewall\.log/),
      expect.stringMatching(/^security-events: the Security log: /),
    ]);
  });
});
