import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildEstate, type Estate } from "../estate.ts";
import { describeWithWindows } from "./requirements.ts";
import { agentModule } from "./run-code.ts";
import { NODE_EXE, windowsPath, type WindowsHost } from "./windows-host.ts";

/** A program that has the agent's lock at hand. */
function withLock(file: string, code: string): string[] {
  const source = `import { lockHolder, takeLock } from ${JSON.stringify(agentModule("state/lock.ts"))};
    const file = ${JSON.stringify(windowsPath(file))};
    ${code}`;
  return [NODE_EXE, "--input-type=module", "-e", source];
}

describeWithWindows("two agents with one state directory on a Windows host under Wine", () => {
  let estate: Estate;
  let windows: WindowsHost;
  let file: string;
  beforeAll(async () => {
    const host = { name: "winapp1", segment: "app", address: "10.96.1.11", system: "windows" } as const;
    estate = await buildEstate({ segments: [{ name: "app", cidr: "10.96.1.0/24" }], hosts: [host] });
    const booted = estate.windows("winapp1");
    if (booted === undefined) throw new TypeError("winapp1 is no Windows host");
    windows = booted;
    file = join(windows.host.stateDir, "run.lock");
  });
  afterAll(() => estate?.close());

  const ask = async (code: string): Promise<string> => {
    const { stdout, stderr } = await windows.exec(withLock(file, code));
    return `${stdout}${stderr}`.trim();
  };
  const TRY = `try { takeLock(file)(); console.log("taken, and given back"); } catch (error) { console.log(error.name, error.message); }`;

  test("the second is refused, whoever it is, and a killed first one holds nobody up", async () => {
    // Of an agent of before, that a killed process left: its pid is another program's now.
    writeFileSync(file, '{"pid":8,"startTime":"1"}');
    expect(await ask("console.log(lockHolder(file))")).toBe("undefined");
    const hold = `takeLock(file); console.log(process.pid); setInterval(() => {}, 1000);`;
    const first = windows.spawn(withLock(file, hold), { log: "first.log" });
    const log = join(windows.host.stateDir, "first.log");
    await expect.poll(() => readFileSync(log, "utf8").trim(), { timeout: 20_000 }).toMatch(/^\d+$/);
    const pid = readFileSync(log, "utf8").trim();
    expect(await ask("console.log(lockHolder(file))")).toBe(pid);
    // Nothing but the kernel is asked: this one could not tell from the file that its writer lives.
    const blind = `Object.defineProperty(process, "kill", { value() { throw new Error("asked for a process"); } });`;
    expect(await ask(`${blind} ${TRY}`)).toBe(
      `AgentError another agent runs with this state directory: process ${pid}`,
    );
    await first.stop("SIGKILL");
    expect(await ask("console.log(lockHolder(file))")).toBe("undefined");
    expect(await ask(TRY)).toBe("taken, and given back");
  });

  test("a folder that is not there is said to be so", async () => {
    expect(await ask(`try { takeLock(file + "\\\\x\\\\y"); } catch (error) { console.log(error.message); }`)).toMatch(
      /^the state directory cannot be written: .*Windows error 3 \(not found\)$/,
    );
  });
});
