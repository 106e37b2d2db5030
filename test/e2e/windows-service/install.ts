import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { COLLECTOR_PORT } from "../lab-plan.ts";
import { SERVICE_HOST, SERVICE_PORT } from "./service-host.ts";
import { EVENT_SOURCE, PROGRAM, STATE, type ServiceLife } from "./service-life.ts";

/** From nothing to a service that reports, and what it is then. */
export function installing(life: () => ServiceLife): void {
  test("a library that is not the published one is not loaded", async () => {
    const { executable, agent } = life();
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
    const { windows, agent, expectNothingLeft } = life();
    const token = Buffer.from(JSON.stringify({ url: "https://10.93.9.10:9", secret: "synthetic" }));
    writeFileSync(join(windows.host.stateDir, "bad-token"), `ptn_${token.toString("base64url")}`);
    const { code, stderr } = await agent("install", "--token-file", "bad-token");
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("ECONNREFUSED") });
    await expectNothingLeft();
  });

  test("install enrols, and the service runs and reports over HTTPS", async () => {
    const { collector, ask, agent, unix, state, until, reportedSince } = life();
    const installed = await agent("install", "--token-file", "token", "--config", "agent.json");
    expect(installed).toMatchObject({ code: 0, stdout: expect.stringContaining("it runs") });
    expect(installed.stdout).toContain(`https://${collector.address}:${COLLECTOR_PORT}`);
    expect(await state()).toMatchObject({ code: 0, state: 4 });
    expect((await unix("ls", PROGRAM)).split("\n").filter(Boolean)).toEqual(["koffi.node", "portolan-agent.exe"]);
    await until("the first report", () => reportedSince(0));
    const { items } = await ask<{ items: { name: string; kind: string }[] }>("hosts");
    expect(items).toContainEqual(expect.objectContaining({ name: SERVICE_HOST, kind: "managed" }));
    const listeners = await ask<{ items: { port: number }[] }>("listeners", "--host", SERVICE_HOST);
    expect(listeners.items).toContainEqual(expect.objectContaining({ port: SERVICE_PORT, process: "node.exe" }));
    const again = await agent("install", "--token-file", "token");
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("installed already") });
  });

  test("it starts with the machine, under an account of its own, and its events have a source", async () => {
    const { windows } = life();
    const key = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\PortolanAgent";
    const registered = (await windows.exec(["reg", "query", key])).stdout;
    const value = (name: string) => new RegExp(`^ +${name} +REG_\\w+ +(.*)$`, "m").exec(registered)?.[1]?.trim();
    expect(value("Start")).toBe("0x2");
    expect(value("DelayedAutoStart")).toBe("0x1");
    expect(value("ObjectName")).toBe("NT SERVICE\\PortolanAgent");
    expect(value("ImagePath")).toContain('"C:\\Program Files\\Portolan Agent\\portolan-agent.exe" service');
    const source = await windows.exec(["reg", "query", EVENT_SOURCE]);
    expect(source.stdout).toMatch(/EventMessageFile +REG_EXPAND_SZ/);
  });

  test("what it weighs under Wine is told, not promised", async () => {
    const { agent, processes } = life();
    const rss = Number(/^(\d+) kB .*portolan-agent\.exe.* service/m.exec(await processes())?.[1]);
    expect(rss).toBeGreaterThan(0);
    const began = performance.now();
    expect((await agent("--version")).code).toBe(0);
    const startMs = performance.now() - began;
    process.stdout.write(`under Wine: RSS ${Math.round(rss / 1000)} MB, --version ${Math.round(startMs)} ms\n`);
  });

  test("no secret is clear on the disk or in a command line", async () => {
    const { secretOfToken, unix, processes } = life();
    const identity: Record<string, unknown> = JSON.parse(await unix("cat", `${STATE}/identity.json`));
    expect(identity).not.toHaveProperty("secret");
    expect(identity).toHaveProperty("sealedSecret");
    expect(await unix("grep", "-rl", secretOfToken, STATE, PROGRAM)).toBe("");
    const commandLines = await processes();
    expect(commandLines).toContain("agent.json");
    expect(commandLines).not.toContain(secretOfToken);
  });
}
