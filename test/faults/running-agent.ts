import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../agent/src/main.ts", import.meta.url));

/** The whole agent as people start it, enrolled at the collector of a test. */
export interface RunningAgent {
  child: ChildProcess;
  /** Its log so far, one object a line. */
  log(): { level: number; msg: string }[];
  ended: Promise<number | null>;
}

/**
 * @param preload a module that disturbs the program before it starts, such as a wrong clock.
 * @param known as it enrolled at a real collector; a double asks nobody who he is.
 */
export function startAgent(
  state: string,
  collectorUrl: string,
  preload?: string,
  known: { id: string; secret: string } = { id: "agent-1", secret: "s" },
): RunningAgent {
  mkdirSync(state, { recursive: true });
  const identity = { agentId: known.id, secret: known.secret, url: collectorUrl, site: "x" };
  writeFileSync(join(state, "identity.json"), JSON.stringify(identity));
  const config = `${state}.json`;
  writeFileSync(config, JSON.stringify({ sampleSeconds: 1, reportSeconds: 5, cpuPercent: 100 }));
  const args = [...(preload === undefined ? [] : ["--import", preload]), MAIN, "run", "--state", state];
  const child = spawn(process.execPath, [...args, "--config", config], { stdio: ["ignore", "ignore", "pipe"] });
  let text = "";
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return {
    child,
    log: () => text.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : [])),
    ended: new Promise((resolve) => child.on("close", resolve)),
  };
}
