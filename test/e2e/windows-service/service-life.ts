import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { Estate } from "../../estate/estate.ts";
import type { ExecResult } from "../../estate/host-process.ts";
import { bootWindows, windowsPath } from "../../estate/windows/windows-host.ts";
import { COLLECTOR_HOST } from "../lab-plan.ts";
import { makePackage } from "../package.ts";
import { portolan, startCollector, stopCollector } from "../portolan.ts";
import { leaveToken, SERVICE_HOST, startListener } from "./service-host.ts";

const DRIVE_C = "/run/.lab/windows/prefix/drive_c";
export const PROGRAM = `${DRIVE_C}/Program Files/Portolan Agent`;
export const STATE = `${DRIVE_C}/ProgramData/portolan-agent`;
/** winerror.h; sc ends with its lowest byte. */
const SERVICE_DOES_NOT_EXIST = 1060;
export const EVENT_SOURCE = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\PortolanAgent";
/** What comes in is dropped: a stopped process would stop the nsenter that started it, too. */
const STUCK = "table inet stuck { chain input { type filter hook input priority 0; policy drop; }; }";

interface ListedAgent {
  lastReportAt?: string;
}

/** A Windows host with the packaged agent beside a collector, and what an administrator does and sees there. */
export type ServiceLife = Awaited<ReturnType<typeof beginServiceLife>>;

/** Starts both hosts' programs, packages the agent, and leaves a token and settings for it in the Windows host's directory. */
export async function beginServiceLife(estate: Estate) {
  const host = estate.host(SERVICE_HOST);
  const collector = estate.host(COLLECTOR_HOST);
  const data = join(collector.stateDir, "data");
  const made = join(host.stateDir, "dist");
  const executable = join(made, "windows-x64", "portolan-agent.exe");
  const [windows, firstCollector] = await Promise.all([
    bootWindows(host),
    startCollector(collector, data),
    makePackage("windows", made),
  ]);
  let collecting = firstCollector;

  const ask = async <T>(...args: string[]) =>
    JSON.parse(await portolan(collector, ...args, "--json", "--data", data)) as T;
  const unix = async (...argv: string[]) => (await host.exec(argv)).stdout;
  const log = () => unix("cat", `${STATE}/logs/agent.log`);
  /** Of the host, a line each: memory and command line. */
  const processes = () => {
    const line = `printf '%s\\n' "$(sed -n 's/VmRSS:[[:space:]]*//p' $p/status) $(tr '\\0' ' ' < $p/cmdline)"`;
    return unix("sh", "-c", `for p in /proc/[0-9]*; do ${line}; done 2>/dev/null`);
  };
  /** The service as the Service Control Manager sees it. */
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
  const reportedSince = async (since: number) => {
    const { items } = await ask<{ items: ListedAgent[] }>("agents");
    return items.some(({ lastReportAt }) => lastReportAt !== undefined && Date.parse(lastReportAt) >= since);
  };
  const nft = async (rules: string) => expect((await collector.exec(["nft", rules])).code).toBe(0);

  const { token } = await ask<{ token: string }>("token", "create", "--kind", "enrolment");
  const secretOfToken = leaveToken(host.stateDir, token);
  await startListener(windows);

  return {
    windows,
    collector,
    /** Unix path of the packaged executable. */
    executable,
    secretOfToken,
    ask,
    unix,
    log,
    state,
    until,
    reportedSince,
    agent: (...args: string[]): Promise<ExecResult> =>
      windows.exec([windowsPath(executable), ...args], { timeoutMs: 60_000 }),
    processes,
    start: () => windows.exec(["sc", "start", "PortolanAgent"]),
    async stop(): Promise<void> {
      expect((await windows.exec(["sc", "stop", "PortolanAgent"])).code).toBe(0);
      await until("the end of the service", async () => (await state()).state === 1, 10);
    },
    untilReport: (seconds?: number) => {
      const since = Date.now();
      return until("a report", () => reportedSince(since), seconds);
    },
    /** By the log's clock: sc itself takes its time under Wine. */
    async lastStopMs(): Promise<number> {
      const lines = (await log())
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as { time: string; msg: string });
      const asked = lines.findLastIndex(({ msg }) => msg === "asked to stop");
      const stopped = lines.slice(asked).find(({ msg }) => msg === "agent stopped");
      return Date.parse(stopped?.time ?? "") - Date.parse(lines[asked]?.time ?? "");
    },
    stopCollector: () => stopCollector(collector, collecting),
    async startCollector(): Promise<void> {
      collecting = await startCollector(collector, data);
    },
    /** While the collector answers nobody. */
    async whileStuck(act: () => Promise<void>): Promise<void> {
      await nft(`add ${STUCK}`);
      try {
        await act();
      } finally {
        await nft("delete table inet stuck");
      }
    },
    async expectNothingLeft(): Promise<void> {
      expect((await state()).code).toBe(SERVICE_DOES_NOT_EXIST & 0xff);
      expect(await unix("find", DRIVE_C, "-iname", "*portolan*")).toBe("");
      expect(await processes()).not.toContain("portolan-agent.exe");
      expect((await windows.exec(["reg", "query", EVENT_SOURCE])).code).not.toBe(0);
    },
  };
}
