// `npm start`: a collector and an agent for this machine, in one terminal, with everything in ./data.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { LIGHT_ENGINE_FLAGS } from "@portolan/agent";
import { createApi, type Api } from "./start/api.ts";
import { startProgram, type Program } from "./start/program.ts";
import { summary } from "./start/summary.ts";
import { root } from "./run-step.ts";

const DATA = join(root, "data");
const STATE = join(DATA, "agent");
const LISTEN = "127.0.0.1:7440";
const COLLECTOR = "collector/src/main.ts";
const AGENT = "agent/src/main.ts";
const FIRST_REPORT_MS = 60_000;

class StartError extends Error {
  override name = "StartError";
}

const say = (text: string) => process.stdout.write(`${text}\n`);

async function startCollector(): Promise<Program> {
  const collector = startProgram(
    "collector",
    COLLECTOR,
    ["serve", "--data", DATA, "--listen", LISTEN],
    join(DATA, "collector.log"),
  );
  const listening = collector.line(/^portolan collector \S+ on /);
  if ((await Promise.race([listening, collector.ended.then(() => "ended")])) === "ended")
    throw new StartError("the collector did not start");
  return collector;
}

/** The agent's identity stays in the data folder; a new one is asked for only when this collector knows none. */
async function enrol(api: Api): Promise<string> {
  const identityFile = join(STATE, "identity.json");
  const known = existsSync(identityFile)
    ? (JSON.parse(readFileSync(identityFile, "utf8")) as { agentId: string })
    : undefined;
  if (known && (await api.agents()).some((agent) => agent.id === known.agentId)) return known.agentId;
  const token = await api.enrolmentToken();
  const args = ["enrol", "--token-file", "-", "--state", STATE, ...(known ? ["--force"] : [])];
  const enrolment = startProgram("agent", AGENT, args, join(DATA, "agent.log"), { input: token });
  if ((await enrolment.ended) !== 0) throw new StartError("the agent could not enrol");
  return (JSON.parse(readFileSync(identityFile, "utf8")) as { agentId: string }).agentId;
}

async function firstReport(api: Api, agentId: string, since: number): Promise<void> {
  const until = Date.now() + FIRST_REPORT_MS;
  while (Date.now() < until) {
    const agent = (await api.agents()).find((entry) => entry.id === agentId);
    if (agent?.lastReportAt !== undefined && Date.parse(agent.lastReportAt) >= since) return;
    await delay(250);
  }
  throw new StartError(`no report came within ${FIRST_REPORT_MS / 1000} s; see ${join("data", "agent.log")}`);
}

async function run(stopped: Promise<void>): Promise<number> {
  const started = Date.now();
  const programs: Program[] = [];
  /** In reverse: the agent hands in its last report before the collector goes. */
  const stopAll = async () => {
    for (const program of programs.reverse()) await program.stop();
  };
  try {
    say("Starting the collector …");
    programs.push(await startCollector());
    const api = createApi(DATA);
    say("Enrolling an agent for this machine …");
    const agentId = await enrol(api);
    const agent = startProgram("agent", AGENT, ["run", "--state", STATE], join(DATA, "agent.log"), {
      nodeFlags: LIGHT_ENGINE_FLAGS,
    });
    programs.push(agent);
    say("Waiting for the first report …\n");
    const failed = Promise.race(programs.map((program) => program.ended.then(() => "ended" as const)));
    const first = await Promise.race([
      firstReport(api, agentId, started).then(() => "reported" as const),
      failed,
      stopped.then(() => "stopped" as const),
    ]);
    if (first === "ended") throw new StartError("a program ended by itself; see the logs in ./data");
    if (first === "reported") {
      say(await summary(api));
      if ((await Promise.race([failed, stopped.then(() => "stopped" as const)])) === "ended")
        throw new StartError("a program ended by itself; see the logs in ./data");
    }
    say("\nStopping …");
    await stopAll();
    say("Stopped. The data stays in ./data; the next start goes on with it.");
    return 0;
  } catch (error) {
    await stopAll();
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`portolan: ${error.message}\n`);
    return 1;
  }
}

const stopped = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
});
process.exitCode = await run(stopped);
