import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PROGRAM, STATE, type ServiceLife } from "./service-life.ts";

/** From a service that runs to nothing, and back with what was kept. */
export function uninstalling(life: () => ServiceLife): void {
  test("uninstalled with its state and installed again it is the same agent", async () => {
    const { agent, unix, state } = life();
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
    const { windows, agent, unix } = life();
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
    const { windows, agent, untilReport, whileStuck } = life();
    await untilReport();
    await whileStuck(async () => {
      expect((await windows.exec(["sc", "stop", "PortolanAgent"])).code).toBe(0);
      expect(await agent("uninstall", "--keep-state")).toMatchObject({ code: 0, stderr: "" });
    });
    expect(await agent("install")).toMatchObject({ code: 0 });
  });

  test("uninstalled by the installed program itself, its files wait for the machine's next start", async () => {
    const { windows, agent, unix, state } = life();
    const itself = "C:\\Program Files\\Portolan Agent\\portolan-agent.exe";
    const { code, stdout, stderr } = await windows.exec([itself, "uninstall", "--keep-state"]);
    expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: expect.stringContaining("starts next") });
    expect(await unix("ls", PROGRAM)).toMatch(/^koffi\.node\.\d+\.removed\nportolan-agent\.exe\.\d+\.removed\n$/);
    expect(await agent("install")).toMatchObject({ code: 0 });
    expect(await state()).toMatchObject({ state: 4 });
  });

  test("uninstall stops it and leaves nothing", async () => {
    const { agent, expectNothingLeft } = life();
    const { code, stdout, stderr } = await agent("uninstall");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("removed the service PortolanAgent");
    await expectNothingLeft();
    expect(await agent("uninstall")).toMatchObject({ code: 1, stderr: expect.stringContaining("no agent") });
  });
}
