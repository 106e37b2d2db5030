import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PROGRAM, STATE, type ServiceLife } from "./service-life.ts";

const LONGEST_STOP_MS = 5000;
/** winerror.h, as sc prints it. */
const SPECIFIC_ERROR = 1066;

/** A service that is stopped, started and in trouble. */
export function running(life: () => ServiceLife): void {
  test("it survives a restart of the collector", async () => {
    const { log, state, until, untilReport, stopCollector, startCollector } = life();
    await stopCollector();
    await until("an attempt that fails", async () => (await log()).includes("report not delivered, kept"));
    await startCollector();
    await untilReport(60);
    expect(await state()).toMatchObject({ state: 4 });
  });

  test("it stops within 5 s, and its spool is empty", async () => {
    const { unix, processes, log, state, until, reportedSince, stop, lastStopMs } = life();
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
    const { unix, start, stop, untilReport, whileStuck, lastStopMs } = life();
    await start();
    await untilReport();
    await whileStuck(async () => {
      await stop();
      expect(await lastStopMs()).toBeLessThan(LONGEST_STOP_MS);
      expect(await unix("ls", `${STATE}/spool`)).toContain(".json.gz");
    });
  });

  test("a lock that a killed agent left holds nobody up, though its pid is another program's now", async () => {
    const { windows, agent, unix, start, stop, untilReport } = life();
    const { pid } = JSON.parse(readFileSync(join(windows.host.stateDir, "listener.log"), "utf8")) as { pid: number };
    await unix("sh", "-c", `echo '{"pid":${pid},"startTime":"1"}' > ${STATE}/run.lock`);
    await start();
    await untilReport();
    const second = await agent("run");
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining("another agent runs") });
    await stop();
  });

  test.each([
    ["an identity", "identity.json", 3, "not enrolled"],
    ["its settings", "agent.json", 2, "agent.json: cannot be read"],
  ])("a start without %s says so in its log and ends with a code of its own", async (_what, file, own, reason) => {
    const { unix, log, state, until, start } = life();
    await unix("mv", `${STATE}/${file}`, `${STATE}/away`);
    try {
      await start();
      await until("the end of the service", async () => (await state()).own === own, 10);
      expect(await state()).toMatchObject({ state: 1, error: SPECIFIC_ERROR, own });
      expect((await log()).trimEnd().split("\n").at(-1)).toContain(reason);
    } finally {
      await unix("mv", `${STATE}/away`, `${STATE}/${file}`);
    }
  });

  test("a start without its library says so in its log", async () => {
    const { unix, log, start } = life();
    await unix("mv", `${PROGRAM}/koffi.node`, `${PROGRAM}/away`);
    try {
      expect((await start()).code).not.toBe(0);
      expect((await log()).trimEnd().split("\n").at(-1)).toMatch(/koffi\.node belongs beside the executable/);
    } finally {
      await unix("mv", `${PROGRAM}/away`, `${PROGRAM}/koffi.node`);
    }
  });
}
