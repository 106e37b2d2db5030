import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Host } from "../estate/host.ts";
import type { HostProcess } from "../estate/host-process.ts";
import { NODE_EXE, type WindowsHost, windowsPath } from "../estate/windows/windows-host.ts";
import { COLLECTOR_PORT } from "./lab-plan.ts";

const ROOT = new URL("../../", import.meta.url);
const COLLECTOR = fileURLToPath(new URL("collector/src/main.ts", ROOT));
const AGENT = fileURLToPath(new URL("agent/src/main.ts", ROOT));
/** Compiled code is shared by all programs of the lab; without it each start strips types anew. */
const ENV = { NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/compile", ROOT)) };
const SAMPLE_SECONDS = 5;
const REPORT_SECONDS = 10;
/** A sample, and some time to make it in. */
export const ONE_SAMPLE_MS = (SAMPLE_SECONDS + 2) * 1000;
/** An agent may take a last sample and one attempt to send. */
const AGENT_GRACE_MS = 15_000;
const COLLECTOR_GRACE_MS = 15_000;

/** A command of Portolan did not do what the main job needs; the message holds its output. */
class PortolanError extends Error {
  override name = "PortolanError";
}

/** Starts the collector in its host, listening on the host's address and not on loopback: that means TLS. */
export async function startCollector(host: Host, data: string): Promise<HostProcess> {
  const where = `${host.address}:${COLLECTOR_PORT}`;
  const serve = ["serve", "--data", data, "--listen", where, "--public-url", `https://${where}`];
  const collector = host.spawn([process.execPath, COLLECTOR, ...serve], { log: "collector.log", env: ENV });
  await Promise.race([
    host.waitForListener(COLLECTOR_PORT, 30_000),
    collector.exited.then((exit) => {
      throw new PortolanError(`collector ended at once: ${JSON.stringify(exit)}\n${logOf(host, "collector.log")}`);
    }),
  ]);
  await waitFor(host, "the collector's cli.json", () => readFileSync(join(data, "cli.json"), "utf8") !== "");
  return collector;
}

/** Runs `portolan …` on the collector's host; returns its standard output, throws {@link PortolanError} unless it exits 0. */
export async function portolan(host: Host, ...args: string[]): Promise<string> {
  const result = await host.exec([process.execPath, COLLECTOR, ...args], { env: ENV });
  if (result.code !== 0) {
    throw new PortolanError(`portolan ${args.join(" ")}: ${JSON.stringify(result)}\n${logOf(host, "collector.log")}`);
  }
  return result.stdout;
}

/** Writes what an agent needs before it starts; returns the arguments with which it enrols. */
function prepareAgent(
  host: Host,
  token: string,
  pace = { sampleSeconds: SAMPLE_SECONDS, reportSeconds: REPORT_SECONDS },
) {
  const { tokenFile, state, config } = agentFiles(host);
  writeFileSync(tokenFile, token, { mode: 0o600 });
  writeFileSync(config, JSON.stringify({ ...pace, cpuPercent: 100 }));
  return ["enrol", "--token-file", tokenFile, "--state", state];
}

function agentFiles({ stateDir }: Host) {
  const file = (name: string): string => join(stateDir, name);
  return { tokenFile: file("enrolment-token"), state: file("agent"), config: file("agent.json") };
}

/** A command line whose paths are of this machine, as Windows' programs name them. */
function inWindows(args: string[]): string[] {
  return args.map((arg) => (arg.startsWith("/") ? windowsPath(arg) : arg));
}

/** The same of a Windows host, whose agent looks each second: its TIME_WAIT rows are not to be seen under Wine. */
export async function startWindowsAgent({ host, exec, spawn }: WindowsHost, token: string): Promise<HostProcess> {
  const agent = [NODE_EXE, windowsPath(AGENT)];
  const pace = { sampleSeconds: 1, reportSeconds: 5, bounds: { sampleSeconds: { min: 1 }, reportSeconds: { min: 5 } } };
  const enrolled = await exec([...agent, ...inWindows(prepareAgent(host, token, pace))]);
  if (enrolled.code !== 0) throw new PortolanError(`enrol on ${host.name}: ${JSON.stringify(enrolled)}`);
  const startedAt = Date.now();
  const { state, config } = agentFiles(host);
  const running = spawn([...agent, ...inWindows(["run", "--state", state, "--config", config])], { log: "agent.log" });
  await firstSample(host, startedAt);
  return running;
}

/** Enrols an agent with the token and starts it; resolves when it took its first sample. */
export async function startAgent(host: Host, token: string): Promise<HostProcess> {
  const enrol = prepareAgent(host, token);
  const enrolled = await host.exec([process.execPath, AGENT, ...enrol], { env: ENV });
  if (enrolled.code !== 0) {
    throw new PortolanError(`portolan-agent enrol on ${host.name}: ${JSON.stringify(enrolled)}`);
  }
  return runAgent(host);
}

/** Starts an agent that has enrolled; resolves when it took its first sample. */
export async function runAgent(host: Host): Promise<HostProcess> {
  const { state, config } = agentFiles(host);
  const startedAt = Date.now();
  const run = ["run", "--state", state, "--config", config];
  const agent = host.spawn([process.execPath, AGENT, ...run], { log: "agent.log", env: ENV });
  await firstSample(host, startedAt);
  return agent;
}

async function firstSample(host: Host, startedAt: number): Promise<void> {
  await waitFor(host, "the agent's first sample", () => {
    const status: unknown = JSON.parse(readFileSync(join(agentFiles(host).state, "status.json"), "utf8"));
    if (typeof status !== "object" || status === null || !("lastSampleAt" in status)) return false;
    return Date.parse(String(status.lastSampleAt)) >= startedAt;
  });
}

/** Stops an agent as an administrator would, and expects it to end well. */
export async function stopAgent(host: Host, agent: HostProcess): Promise<void> {
  const exit = await agent.stop("SIGTERM", AGENT_GRACE_MS);
  if (exit.code !== 0) {
    throw new PortolanError(`agent on ${host.name} ended with ${JSON.stringify(exit)}\n${logOf(host, "agent.log")}`);
  }
}

/** Stops the collector, and expects it to end well: its data can then be copied. */
export async function stopCollector(host: Host, collector: HostProcess): Promise<void> {
  const exit = await collector.stop("SIGTERM", COLLECTOR_GRACE_MS);
  if (exit.code !== 0) {
    throw new PortolanError(`collector ended with ${JSON.stringify(exit)}\n${logOf(host, "collector.log")}`);
  }
}

async function waitFor(host: Host, what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  for (;;) {
    try {
      if (holds()) {
        return;
      }
    } catch {
      // Not there yet, or half written.
    }
    if (Date.now() > end) {
      const logs = ["collector.log", "agent.log"].map((name) => logOf(host, name)).join("");
      throw new PortolanError(`${host.name}: waited 30 s for ${what}\n${logs}`);
    }
    await sleep(100);
  }
}

function logOf(host: Host, name: string): string {
  try {
    return readFileSync(join(host.stateDir, name), "utf8").slice(-4000);
  } catch {
    return "";
  }
}
