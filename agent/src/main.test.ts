import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { Report } from "@portolan/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type CollectorDouble, startCollectorDouble, taken } from "./delivery/collector-double.ts";

// The whole program, as people start it.

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const started: ChildProcess[] = [];
let root: string;
let state: string;
let config: string;
let double: CollectorDouble | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "portolan-agent-"));
  state = join(root, "state");
  config = join(root, "agent.json");
  writeFileSync(config, JSON.stringify({ sampleSeconds: 1, reportSeconds: 5, cpuPercent: 100 }));
});
afterEach(async () => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  await double?.close();
  double = undefined;
  rmSync(root, { recursive: true, force: true });
});

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function agent(args: string[], stdin = ""): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: "pipe" });
  started.push(child);
  child.stdin.end(stdin);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
  return { child, ended };
}

const run = (...args: string[]) => agent(args).ended;
const urlOf = (collector: CollectorDouble) => `http://127.0.0.1:${collector.port}`;
const reports = () => double?.requests.flatMap(({ report }) => (report ? [Report.parse(report)] : [])) ?? [];

async function enrolled(): Promise<void> {
  double = await startCollectorDouble((_n, report) =>
    report ? taken() : { status: 201, body: { agentId: "agent-1", secret: "topsecret", site: "seoul" } },
  );
  const token = Buffer.from(JSON.stringify({ url: urlOf(double), secret: "once" })).toString("base64url");
  const { code, stdout } = await agent(["enrol", "--token-file", "-", "--state", state], `ptn_${token}\n`).ended;
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("agent-1") });
}

async function statusNow(): Promise<Record<string, unknown>> {
  return JSON.parse((await run("status", "--json", "--state", state)).stdout);
}

describe("usage", () => {
  test.each([
    ["no command", []],
    ["an unknown command", ["sail"]],
    ["an unknown option", ["once", "--fast"]],
    ["a missing option", ["enrol"]],
    ["a bad duration", ["capture", "-o", "/nowhere/x", "--for", "soon"]],
    ["a configuration that is not there", ["once", "--config", "/nowhere/agent.json"]],
    ["a malformed token", ["enrol", "--token-file", "/dev/null"]],
  ])("%s ends with 2 and a reason", async (_what, args) => {
    const { code, stderr, stdout } = await run(...args);
    expect(code).toBe(2);
    expect(stderr).not.toBe("");
    expect(stdout).toBe("");
  });

  test.each(["", "run", "once", "capture", "enrol", "status"])("%s --help explains itself", async (command) => {
    const { code, stdout } = await run(...[command, "--help"].filter(Boolean));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: portolan-agent/);
  });
});

describe("once", () => {
  test("whose reader has seen enough ends without complaint", async () => {
    const { child, ended } = agent(["once", "--config", config]);
    child.stdout?.destroy();
    expect(await ended).toMatchObject({ code: 0, stderr: "" });
  }, 30_000);

  test("prints a valid report of real sockets, and a table of the same", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await vi.waitFor(() => expect(server.address()).not.toBeNull());
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    try {
      const { code, stdout } = await run("once", "--json", "--state", state);
      expect(code).toBe(0);
      const report = Report.parse(JSON.parse(stdout));
      expect(report.sequence.number).toBe(1);
      expect(report.host?.interfaces.length).toBeGreaterThan(0);
      expect(report.directory?.status).toBeTruthy();
      const listener = report.listeners?.find((item) => item.port === port);
      expect(listener).toMatchObject({ protocol: "tcp", address: "127.0.0.1" });
      expect(report.processes[listener?.process ?? -1]?.name).toBeTruthy();
      const table = await run("once", "--state", state);
      expect(table).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(new RegExp(`Directory: [^]*tcp +127\\.0\\.0\\.1:${port}`)),
      });
      expect(existsSync(state)).toBe(false);
    } finally {
      server.close();
    }
  }, 30_000);
});

test("once fails where nothing can be seen", async () => {
  writeFileSync(config, JSON.stringify({ procRoot: root }));
  const { code, stdout } = await run("once", "--state", state, "--config", config);
  expect(stdout).toMatch(/proc-net: FAILED/);
  expect(code).toBe(1);
}, 30_000);

describe("enrol", () => {
  test("keeps the identity readable for its owner only, and does not enrol twice unasked", async () => {
    await enrolled();
    const file = join(state, "identity.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const token = join(root, "token");
    const content = { url: double && urlOf(double), secret: "once" };
    writeFileSync(token, `ptn_${Buffer.from(JSON.stringify(content)).toString("base64url")}`);
    const again = await run("enrol", "--token-file", token, "--state", state);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringMatching(/already enrolled.*--force/) });
    expect((await run("enrol", "--token-file", token, "--state", state, "--force")).code).toBe(0);
    expect(double?.requests).toHaveLength(2);
  }, 30_000);
});

describe("run", () => {
  test("reports at once, is one per state directory, tells its status, and hands the last report over when stopped", async () => {
    await enrolled();
    const first = agent(["run", "--state", state, "--config", config]);
    await vi.waitFor(() => expect(reports()).toHaveLength(1), { timeout: 10_000 });
    expect(reports()[0]).toMatchObject({
      agent: { id: "agent-1" },
      sequence: { number: 1 },
      host: {},
      listeners: expect.any(Array),
    });
    const second = await run("run", "--state", state);
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining(`process ${first.child.pid}`) });
    expect(await statusNow()).toMatchObject({ enrolled: true, running: true, pid: first.child.pid, authorised: true });
    first.child.kill("SIGTERM");
    const ended = await first.ended;
    expect(ended).toMatchObject({ code: 0, stdout: "" });
    expect(ended.stderr).not.toContain("topsecret");
    expect(reports().map(({ sequence }) => sequence.number)).toEqual([1, 2]);
    expect(await statusNow()).toMatchObject({ running: false, spool: { reports: 0 } });
  }, 40_000);

  test("killed while the collector is away, it sends later what it had spooled, under the same number", async () => {
    await enrolled();
    const away = double;
    await away?.close();
    const killed = agent(["run", "--state", state, "--config", config]);
    await vi.waitFor(() => expect(readdirSync(join(state, "spool"))[0]).toMatch(/\.1\.\d+\.json\.gz$/), {
      timeout: 10_000,
    });
    killed.child.kill("SIGKILL");
    await killed.ended;
    const [file = ""] = readdirSync(join(state, "spool"));
    double = await startCollectorDouble();
    const identity = join(state, "identity.json");
    const known = JSON.parse(readFileSync(identity, "utf8"));
    writeFileSync(identity, JSON.stringify({ ...known, url: urlOf(double) }));
    const later = agent(["run", "--state", state, "--config", config]);
    await vi.waitFor(() => expect(reports().length).toBeGreaterThan(1), { timeout: 10_000 });
    later.child.kill("SIGINT");
    expect((await later.ended).code).toBe(0);
    const [old, fresh] = reports();
    expect(file).toContain(`.${old?.sequence.epoch}.1.`);
    expect(fresh?.sequence.number).toBe(1);
    expect(fresh?.sequence.epoch).not.toBe(old?.sequence.epoch);
  }, 40_000);

  test("starts without the listeners that it remembered where they make no sense", async () => {
    await enrolled();
    writeFileSync(join(state, "listeners.json"), JSON.stringify({ listeners: [{ port: 1, process: "x" }] }));
    const { child, ended } = agent(["run", "--state", state, "--config", config]);
    await vi.waitFor(() => expect(reports()).toHaveLength(1), { timeout: 10_000 });
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
  }, 30_000);

  test("says that it is not enrolled", async () => {
    expect(await run("run", "--state", state)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("not enrolled"),
    });
    expect(await statusNow()).toMatchObject({ enrolled: false, running: false });
  });
});

describe("capture", () => {
  test.each(["capture.ndjson", "capture.ndjson.gz"])(
    "writes whole reports to %s until stopped",
    async (name) => {
      const file = join(root, name);
      const { child, ended } = agent(["capture", "-o", file, "--state", state, "--config", config]);
      await vi.waitFor(() => expect(statSync(file).size).toBeGreaterThan(0), { timeout: 10_000 });
      const text = () => (name.endsWith(".gz") ? gunzipSync(readFileSync(file)) : readFileSync(file)).toString();
      // Whole at any time, not only at the end.
      expect(Report.parse(JSON.parse(text().trim().split("\n")[0] ?? "")).host).toBeDefined();
      child.kill("SIGINT");
      expect((await ended).code).toBe(0);
      const captured = text()
        .trim()
        .split("\n")
        .map((line) => Report.parse(JSON.parse(line)));
      expect(captured.map(({ sequence }) => sequence.number)).toEqual([1, 2]);
      expect(captured[0]?.agent.id).toBe(readFileSync(join(state, "capture-id"), "utf8").trim());
      expect(await run("capture", "-o", file, "--state", state)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("exists"),
      });
    },
    30_000,
  );

  test("ends by itself after --for", async () => {
    const file = join(root, "short.ndjson");
    expect(await run("capture", "-o", file, "--for", "1s", "--state", state)).toMatchObject({ code: 0 });
    expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(2);
  }, 30_000);
});

test.each([["install", "--token-file", "/dev/null"], ["uninstall"]])(
  "%s names the systemd unit where there is no Windows",
  async (...args) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(1);
    expect(stderr).toContain("agent/systemd/portolan-agent.service");
  },
);
