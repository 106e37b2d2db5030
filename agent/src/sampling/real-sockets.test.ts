import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, realpathSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFlowTable } from "../flows/flow-table.ts";
import type { Drained } from "../flows/flow-table.ts";
import { createSampler } from "./index.ts";
import { UnsupportedPlatformError } from "./sampler.ts";

it("refuses a platform that it cannot sample", async () => {
  await expect(createSampler({ platform: "sunos" })).rejects.toBeInstanceOf(UnsupportedPlatformError);
});

async function close(first: Socket, second: Socket): Promise<void> {
  first.end();
  await Promise.all([once(first, "close"), once(second, "close")]);
}

describe.runIf(existsSync("/proc/net/tcp"))("on this machine's own sockets", () => {
  let server: Server;
  let port: number;
  beforeEach(async () => {
    server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  });
  afterEach(() => server.close());

  async function open(): Promise<{ client: Socket; accepted: Socket }> {
    const accepting = once(server, "connection");
    const client = connect(port, "127.0.0.1");
    const [accepted] = await accepting;
    accepted.resume();
    client.resume();
    return { client, accepted };
  }

  /** Flows of the test's port in short; a kept executable shows that the process is this one. */
  function ofPort({ flows, processes }: Drained): string[] {
    const ours = flows.filter((flow) => flow.direction !== "unknown" && flow.serverPort === port);
    return ours.map((flow) => {
      const executable = flow.process === undefined ? undefined : processes[flow.process]?.executable;
      const owner = executable === realpathSync(process.execPath) ? "this process" : "no process";
      const guessed = flow.direction !== "unknown" && flow.guessed === true ? ", guessed" : "";
      return `${flow.direction} ${flow.connections} of ${owner}${guessed}`;
    });
  }

  it("sees connections closed from either end, and those that stand, each once", async () => {
    const sampler = await createSampler();
    const table = createFlowTable();
    table.observe(await sampler.sample());
    const standing = await open();
    const clientFirst = await open();
    await close(clientFirst.client, clientFirst.accepted);
    const serverFirst = await open();
    await close(serverFirst.accepted, serverFirst.client);
    table.observe(await sampler.sample());
    table.observe(await sampler.sample());
    const drained = table.drain();
    expect(ofPort(drained)).toEqual([
      "inbound 2 of this process",
      "outbound 1 of no process",
      "outbound 1 of this process",
    ]);
    expect(drained.listeners).toContainEqual(expect.objectContaining({ protocol: "tcp", address: "127.0.0.1", port }));
    await close(standing.client, standing.accepted);
    await sampler.close();
  });

  it("takes what a closed listener leaves in TIME_WAIT for inbound, also after a restart", async () => {
    const sampler = await createSampler();
    const before = createFlowTable();
    before.observe(await sampler.sample());
    // What ends as the agent looks may be in that look.
    await sleep(150);
    for (let count = 0; count < 100; count++) {
      const { client, accepted } = await open();
      await close(accepted, client);
    }
    server.close();
    await once(server, "close");
    const after = createFlowTable({ memory: JSON.parse(JSON.stringify(before.memory())) });
    after.observe(await sampler.sample());
    // The kernel tells that they began to wait after the run before looked.
    expect(ofPort(after.drain())).toEqual(["inbound 100 of this process"]);
    const again = createFlowTable({ memory: JSON.parse(JSON.stringify(after.memory())) });
    again.observe(await sampler.sample());
    expect(ofPort(again.drain())).toEqual(["inbound 0 of this process"]);
    const anew = createFlowTable();
    anew.observe(await sampler.sample());
    expect(ofPort(anew.drain())).toEqual([expect.stringContaining("inbound 100")]);
    await sampler.close();
  });

  it("says so when it may not name the processes", async () => {
    const script = `
      import { createSampler } from ${JSON.stringify(new URL("index.ts", import.meta.url).href)};
      const { observations, sources } = await (await createSampler()).sample();
      const row = observations.find(({ localPort, state }) => localPort === ${port} && state === "listening");
      process.stdout.write(JSON.stringify({ row, source: sources[0] }));`;
    // Anybody but the owner of this test's process; an unprivileged user has others' processes anyway.
    const identity = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8", ...identity });
    expect(child.stderr).toBe("");
    const { row, source } = JSON.parse(child.stdout);
    expect(row).toMatchObject({ localAddress: "127.0.0.1", state: "listening" });
    if (process.getuid?.() !== 0) return;
    expect(row.process).toBeUndefined();
    expect(source).toMatchObject({ name: "proc-net", ok: true });
    expect(source.blindTo).toContain("processes");
    expect(source.reason).toMatch(/\d+ sockets .* \d+ processes/);
  });
});
