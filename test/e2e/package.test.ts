import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Report } from "@portolan/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makePackage } from "./package.ts";

// The Linux executable by itself, in a folder with nothing else and an environment with nothing in it. What the Windows
// one does is shown under Wine.

const root = mkdtempSync(join(tmpdir(), "portolan-package-test-"));
const program = join(root, "alone", "portolan-agent");
const listener = createServer().listen(0, "127.0.0.1");

beforeAll(async () => {
  await makePackage("linux", join(root, "dist"));
  mkdirSync(join(root, "alone"));
  renameSync(join(root, "dist/linux-x64/portolan-agent"), program);
}, 120_000);
afterAll(() => {
  listener.close();
  rmSync(root, { recursive: true });
});

const run = (args: string[], env: Record<string, string> = {}) =>
  promisify(execFile)(program, args, { cwd: join(root, "alone"), env, timeout: 30_000 });

test("it says its version, and takes no option of Node from its surroundings", async () => {
  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL("../../agent/package.json", import.meta.url), "utf8"),
  );
  expect((await run(["--version"])).stdout).toBe(`${version}\n`);
  expect((await run(["--version"], { NODE_OPTIONS: "--require=/there/is/no/such.js" })).stdout).toBe(`${version}\n`);
});

test("doctor finds the sources that this host has", async () => {
  const sources: unknown = JSON.parse((await run(["doctor", "--json"])).stdout);
  expect(sources).toContainEqual(expect.objectContaining({ name: "proc-net", isOn: true }));
});

test("capture sees a listener, and reads the host's facts in a child of its own", async () => {
  const file = join(root, "capture.ndjson");
  await run(["capture", "-o", file, "--for", "3s", "--state", join(root, "state")]);
  const reports = readFileSync(file, "utf8").trimEnd().split("\n");
  const first = Report.parse(JSON.parse(reports[0] ?? ""));
  const address = listener.address();
  const port = typeof address === "object" ? address?.port : undefined;
  expect(first.listeners).toContainEqual(expect.objectContaining({ address: "127.0.0.1", port }));
  expect(first.host).toMatchObject({ hostname: hostname(), os: { family: "linux" } });
});

test("an unknown command ends with 2, as from the sources", async () => {
  await expect(run(["sail"])).rejects.toMatchObject({ code: 2 });
});

test("made again elsewhere it is the same, byte for byte, and its hash stands beside it", async () => {
  const again = join(root, "again");
  await makePackage("linux", again);
  const sha256 = createHash("sha256").update(readFileSync(program)).digest("hex");
  expect(readFileSync(join(again, "SHA256SUMS"), "utf8")).toContain(`${sha256}  linux-x64/portolan-agent\n`);
}, 120_000);
