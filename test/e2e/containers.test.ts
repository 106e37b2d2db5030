import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createFlowTable, createSampler, type Snapshot } from "@portolan/agent";
import { afterEach, beforeEach, expect, test } from "vitest";
import { command } from "../estate/command.ts";
import { describeInLab } from "../estate/requirements.ts";
import { newRunId } from "../estate/run-id.ts";
import { removeRun, sweepDeadRuns } from "../estate/sweep.ts";

// A second network namespace beside the agent's own stands for a container: its sockets are read through its process.

const PORT = 18_080;
const SERVER = `
  require("node:net").createServer((socket) => socket.on("error", () => {}).end("x")).listen(${PORT}, "0.0.0.0", () => {
    const client = require("node:net").connect(${PORT}, "127.0.0.1").resume();
    client.on("close", () => process.stdout.write("ready\\n"));
  });`;

describeInLab("containers of a host", () => {
  let run: string;
  let server: ChildProcess | undefined;
  beforeEach(async () => {
    sweepDeadRuns();
    run = newRunId();
    await command(["ip", "netns", "add", `${run}-container`]);
    await command(["ip", "-n", `${run}-container`, "link", "set", "lo", "up"]);
    server = spawn("ip", ["netns", "exec", `${run}-container`, process.execPath, "-e", SERVER]);
    if (server.stdout) await once(server.stdout, "data");
  });
  afterEach(() => {
    server?.kill("SIGKILL");
    removeRun(run);
  });

  test("its listeners and connections are seen, each with the scope of its namespace and its process", async () => {
    const sampler = await createSampler();
    const snapshot = await sampler.sample();
    await sampler.close();
    const table = createFlowTable();
    table.observe(snapshot);
    const { listeners, flows, processes } = table.drain();
    const listener = listeners.find(({ port }) => port === PORT);
    expect(listener?.scope).toMatch(/^netns-\d+$/);
    expect(processes[listener?.process ?? -1]?.name).toBe("node");
    expect(snapshot.sources[0]?.blindTo).not.toContain("containers");
    const inside = flows.filter(({ scope }) => scope === listener?.scope);
    expect(inside.map(({ direction, remoteAddress }) => [direction, remoteAddress])).toContainEqual([
      "inbound",
      "127.0.0.1",
    ]);
  });

  test("an agent that is told to sees its own namespace only", async () => {
    const sampler = await createSampler({ containers: false });
    const { observations, sources }: Snapshot = await sampler.sample();
    await sampler.close();
    expect(observations.filter(({ scope }) => scope !== undefined)).toEqual([]);
    expect(sources[0]?.blindTo).toContain("containers");
  });
});
