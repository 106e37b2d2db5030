import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { freePort, openWorkplace, type Workplace } from "../e2e/local-collector.ts";

// Everything that collector and agent write, at log level debug and whatever goes wrong, and no secret in it.

const COLLECTOR = fileURLToPath(new URL("../../collector/src/main.ts", import.meta.url));
const AGENT = fileURLToPath(new URL("../../agent/src/main.ts", import.meta.url));
/** Where a secret has its place, each readable by its owner alone; paths in the working folder. */
const SECRET_FILES = /^(data\/cli\.json|data\/tls\/.*key.*|agent\/identity\.json|enrolment-token)$/;

interface Running {
  child: ChildProcess;
  /** Both streams, so far. */
  text(): string;
  ended: Promise<number | null>;
}

let work: Workplace;
const running: Running[] = [];
beforeEach(() => {
  work = openWorkplace();
});
afterEach(async () => {
  for (const { child } of running) child.kill("SIGKILL");
  await Promise.all(running.splice(0).map(({ ended }) => ended));
  work.close();
});

function start(args: string[]): Running {
  const child = spawn(process.execPath, args, { cwd: work.folder, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const program = { child, text: () => text, ended };
  running.push(program);
  return program;
}

/** Over TLS that is not verified: this test looks at what is written, not at who answers. */
function call(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: Buffer | string } = {},
): Promise<{ status: number; body: string }> {
  const { method = "GET", headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, rejectUnauthorized: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The secret part of a token. */
function secretIn(token: string): string {
  return (JSON.parse(Buffer.from(token.slice(4), "base64url").toString()) as { secret: string }).secret;
}

function createToken(...options: string[]): { id: string; token: string } {
  const made = work.portolan(["token", "create", ...options, "--json"]);
  if (made.code !== 0) throw new Error(made.err);
  return JSON.parse(made.out) as { id: string; token: string };
}

/** Tokens that are wrong in many ways, and bodies that are, with tokens that are right. */
async function goWrong(url: string, tokens: Record<"api" | "enrolment" | "agent", string>): Promise<number[]> {
  const reports = `${url}/api/v1/reports`;
  const json = { "content-type": "application/json" };
  const good = { authorization: `Bearer ${tokens.agent}`, ...json };
  const post = (headers: Record<string, string>, body: Buffer | string, at = reports) =>
    call(at, { method: "POST", headers, body });
  const answers = [
    await post({ ...json, authorization: `Bearer ${tokens.enrolment}` }, "{}"),
    await post({ ...json, authorization: `Bearer ${tokens.api}` }, "{}"),
    await post({ ...json, authorization: `Basic ${tokens.agent}` }, "{}"),
    await post({ ...json, authorization: tokens.agent }, "{}"),
    await post({ ...json, authorization: `Bearer ${tokens.agent}x` }, "{}"),
    await post({ ...json, authorization: `Bearer ${tokens.agent}` }, "{}", `${url}/api/v1/enrolments`),
    await post({ ...json, authorization: `Bearer ${tokens.enrolment}` }, "{}", `${url}/api/v1/enrolments`),
    await post(good, "{"),
    await post(good, "[".repeat(1000)),
    await post({ ...good, "content-encoding": "gzip" }, gzipSync(Buffer.alloc(30_000_000))),
    await post({ ...good, "content-encoding": "gzip" }, "no gzip"),
    await post({ ...good, "content-type": "text/plain" }, "x"),
    await call(`${url}/api/v1/hosts?token=${tokens.api}`),
    await call(`${url}/api/v1/${tokens.api}`, { headers: { authorization: `Bearer ${tokens.api}` } }),
    await call(`${url}/api/v1/plans`, {
      method: "POST",
      headers: { ...json, authorization: `Bearer ${tokens.api}` },
      body: "{",
    }),
    await call(`${url}/metrics`, { headers: { authorization: `Bearer ${tokens.enrolment}` } }),
  ];
  return answers.map(({ status }) => status);
}

test("no secret is in anything that collector and agent write, whatever goes wrong", async () => {
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const die = join(work.folder, "die");
  const fault = new URL("../e2e/fault-in-thread.ts", import.meta.url);
  fault.search = new URLSearchParams({ thread: "portolan-writer", when: die }).toString();
  writeFileSync(join(work.folder, "collector.yaml"), `logLevel: debug\nlisten: 0.0.0.0:${port}\npublicUrl: ${url}\n`);
  const collector = start(["--import", fault.href, COLLECTOR, "serve", "--data", "data", "--config", "collector.yaml"]);
  await vi.waitFor(() => expect(collector.text()).toContain("portolan collector"), { timeout: 30_000, interval: 50 });

  const enrolment = createToken("--kind", "enrolment", "--uses", "3");
  const api = createToken("--kind", "api", "--role", "admin");
  writeFileSync(join(work.folder, "enrolment-token"), enrolment.token, { mode: 0o600 });
  writeFileSync(
    join(work.folder, "agent.json"),
    '{"logLevel":"debug","sampleSeconds":1,"reportSeconds":5,"cpuPercent":100}',
  );
  const enrol = start([AGENT, "enrol", "--token-file", "enrolment-token", "--state", "agent"]);
  expect({ code: await enrol.ended, text: enrol.text() }).toMatchObject({ code: 0 });
  const agent = start([AGENT, "run", "--state", "agent", "--config", "agent.json"]);
  const asAdmin = { headers: { authorization: `Bearer ${api.token}` } };
  await vi.waitFor(async () => expect((await call(`${url}/api/v1/agents`, asAdmin)).body).toContain('"lastReportAt"'), {
    timeout: 40_000,
    interval: 500,
  });

  const read = (path: string) => readFileSync(join(work.folder, path), "utf8");
  const identity = JSON.parse(read("agent/identity.json")) as { agentId: string; secret: string };
  const cli = (JSON.parse(read("data/cli.json")) as { token: string }).token;
  const statuses = await goWrong(url, { api: api.token, enrolment: enrolment.token, agent: identity.secret });
  expect(statuses.filter((status) => status < 400 || status >= 500)).toEqual([]);
  const argv = running.map(({ child }) => {
    try {
      return readFileSync(`/proc/${child.pid}/cmdline`, "utf8");
    } catch {
      return "";
    }
  });
  // The agent's secret is revoked: it is refused from then on, and says so.
  await call(`${url}/api/v1/tokens/agent-${identity.agentId}`, { method: "DELETE", ...asAdmin });
  await vi.waitFor(() => expect(agent.text()).toMatch(/401|unauthori|revoked/), { timeout: 40_000, interval: 200 });
  writeFileSync(die, "");
  expect(await collector.ended).toBe(1);
  agent.child.kill("SIGTERM");
  await agent.ended;

  const keys = filesBelow(join(work.folder, "data/tls")).filter((path) => path.includes("key"));
  const secrets = {
    "enrolment token": enrolment.token,
    "enrolment secret": secretIn(enrolment.token),
    "API token": api.token,
    "API secret": secretIn(api.token),
    "cli.json's token": cli,
    "cli.json's secret": secretIn(cli),
    "agent's secret": identity.secret,
    ...Object.fromEntries(
      keys.map((path, index) => [`private key ${index}`, readFileSync(path, "utf8").split("\n")[2] ?? ""]),
    ),
  };
  expect(keys.length).toBeGreaterThan(0);
  const places = new Map<string, Buffer>([
    ["collector's output", Buffer.from(collector.text())],
    ["agent's output", Buffer.from(agent.text() + enrol.text())],
    ["argv", Buffer.from(argv.join("\n"))],
  ]);
  for (const path of filesBelow(work.folder)) {
    const name = relative(work.folder, path);
    if (SECRET_FILES.test(name)) expect({ name, mode: statSync(path).mode & 0o077 }).toEqual({ name, mode: 0 });
    else places.set(name, readFileSync(path));
  }
  expect(places.get("collector's output")?.toString()).toMatch(/valid token[^]*fatal|valid token[^]*"level":60/);
  expect(argv.filter((line) => line.includes("portolan"))).toHaveLength(2);
  expect([...places.keys()]).toContain("data/portolan.db");
  for (const [secret, text] of Object.entries(secrets)) {
    expect(text.length).toBeGreaterThan(30);
    const found = [...places].filter(([, content]) => content.includes(text)).map(([name]) => name);
    expect({ secret, found }).toEqual({ secret, found: [] });
  }
});
