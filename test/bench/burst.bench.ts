/**
 * A burst of short connections between two network namespaces, and what the tracefs tier of an agent at the server's
 * end counts of them: none may be lost at 4,000 a second for 20 s. Then the same with the agent stopped for 8 s, so that
 * the kernel overwrites what nobody reads: that must be counted and said, and every flow's key still be there. Prints the
 * rate that the generator reached. SYNTHETIC traffic over real sockets. Needs root. Exits with 1 where a goal is missed.
 * Takes a minute and a half.
 *
 * node test/bench/burst.bench.ts [connections a second]
 */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { newRunId } from "../estate/run-id.ts";
import { removeRun, sweepDeadRuns } from "../estate/sweep.ts";
import { buildNetwork, mountTracing, output, ready, start } from "./recall-lab.ts";
import { flowKey } from "./recall-plan.ts";

const RATE = Number(process.argv[2] ?? 4000);
const SECONDS = 20;
const STOPPED_MS = 8000;
const SERVER = "10.77.0.1";
/** Each of the two client processes has some of its own. */
const CLIENTS = Array.from({ length: 2 }, (_, client) =>
  Array.from({ length: 25 }, (_unused, index) => `10.77.0.${10 + client * 25 + index}`),
);
/** A tick of the generator and its last connections are no part of its rate. */
const REACHED = 0.97;

interface Seen {
  keys: [string, number][];
  faults: string[];
  peakMb: number;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function burst(run: string, traceRoot: string, stopsAgent: boolean): Promise<boolean> {
  const [serverHost, clientHost] = [`${run}-server`, `${run}-client`];
  const children: ChildProcessWithoutNullStreams[] = [];
  const began = (child: ChildProcessWithoutNullStreams): ChildProcessWithoutNullStreams => {
    children.push(child);
    return child;
  };
  try {
    const servers = CLIENTS.map(() => began(start(serverHost, "burst-load.ts", "server")));
    await Promise.all(servers.map(ready));
    const agent = began(start(serverHost, "recall-agent.ts", traceRoot, run, "tracefs"));
    const told = output(agent);
    await ready(agent);
    const loads = CLIENTS.map((addresses) =>
      start(clientHost, "burst-load.ts", "client", SERVER, String(RATE / 2), String(SECONDS), ...addresses),
    );
    children.push(...loads);
    const outputs = loads.map(output);
    if (stopsAgent) {
      await sleep(4000);
      agent.kill("SIGSTOP");
      await sleep(STOPPED_MS);
      agent.kill("SIGCONT");
    }
    const results = (await Promise.all(outputs)).map(
      (text) => JSON.parse(text) as { counts: [string, number][]; connected: number; perSecond: number },
    );
    await sleep(1500);
    agent.stdin.end();
    const { tracefs } = JSON.parse((await told).split("\n")[1] ?? "{}") as { tracefs: Seen };
    return judge(results, tracefs, stopsAgent);
  } finally {
    for (const child of children) child.kill("SIGKILL");
  }
}

function judge(
  results: { counts: [string, number][]; connected: number; perSecond: number }[],
  { keys, faults, peakMb }: Seen,
  stopsAgent: boolean,
): boolean {
  const truth = new Map(
    results.flatMap(({ counts }) =>
      counts.map(([key, count]) => {
        const [client = "", port] = key.split(" ");
        return [flowKey("tcp", client, SERVER, Number(port)), count] as const;
      }),
    ),
  );
  const seen = new Map(keys);
  const made = results.reduce((sum, { connected }) => sum + connected, 0);
  const rate = results.reduce((sum, { perSecond }) => sum + perSecond, 0);
  const counted = [...truth.keys()].reduce((sum, key) => sum + (seen.get(key) ?? 0), 0);
  const found = [...truth.keys()].filter((key) => seen.has(key)).length;
  const tooMany = [...truth].filter(([key, count]) => (seen.get(key) ?? 0) > count).length;
  const lost = faults.filter((fault) => fault.includes("overwrote"));
  print(
    `${stopsAgent ? `agent stopped for ${STOPPED_MS / 1000} s` : "agent running"}: ${made} connections at ${rate.toFixed(0)} a second, ` +
      `${counted} counted (${((counted / made) * 100).toFixed(2)} %), ${found} of ${truth.size} keys, ` +
      `${tooMany} keys counted too often; agent from source at most ${peakMb.toFixed(0)} MB`,
  );
  for (const fault of new Set(faults)) print(`    ${fault}`);
  const goals: [string, boolean][] = stopsAgent
    ? [
        ["loss is counted and said", counted === made || lost.length > 0],
        ["all keys survive", found === truth.size && tooMany === 0],
      ]
    : [
        [`${RATE} a second are reached`, rate >= RATE * REACHED],
        ["nothing is lost", counted === made && tooMany === 0 && faults.length === 0],
      ];
  for (const [goal, isMet] of goals) print(`    goal: ${goal}: ${isMet ? "met" : "MISSED"}`);
  return goals.every(([, isMet]) => isMet);
}

async function main(): Promise<number> {
  sweepDeadRuns();
  const run = newRunId();
  const tracing = await mountTracing(run);
  try {
    await buildNetwork([`${run}-server`, `${run}-client`], [[SERVER], CLIENTS.flat()]);
    const isKept = await burst(run, tracing.root, false);
    const isSaid = await burst(run, tracing.root, true);
    return isKept && isSaid ? 0 : 1;
  } finally {
    removeRun(run);
    await tracing.end();
  }
}

process.exitCode = await main();
