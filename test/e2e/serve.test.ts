import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LAB_PATH } from "../estate/command.ts";
import { describeInLab } from "../estate/requirements.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const main = join(root, "collector/src/main.ts");

let folder = "";
const running: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portolan-serve-"));
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** The commands as people run them: a process each, by its exit code and what it prints. */
function portolan(args: string[], input = "") {
  const done = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: "utf8",
    input,
    timeout: 20_000,
    env: { PATH: LAB_PATH, NODE_COMPILE_CACHE: join(root, "node_modules", ".cache", "compile") },
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function serve(
  data: string,
  port: number,
): Promise<{ child: ChildProcess; ended: Promise<number | null>; log: () => string }> {
  const child = spawn(process.execPath, [main, "serve", "--data", data, "--listen", `127.0.0.1:${port}`], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  running.push(child);
  let text = "";
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes("portolan collector")) resolve();
    });
    void ended.then((code) => reject(new Error(`serve ended with ${code}: ${text}`)));
  });
  return { child, ended, log: () => text };
}

describe("serve", () => {
  it("stops on SIGTERM, keeps data and tokens over a restart, and leaves no secret in its log", async () => {
    const port = await freePort();
    const data = join(folder, "data");
    const first = await serve(data, port);
    expect(statSync(join(data, "cli.json")).mode & 0o777).toBe(0o600);
    const made = portolan(["token", "create", "--kind", "api", "--role", "editor", "--json"]);
    const { id, token } = JSON.parse(made.out) as { id: string; token: string };
    const localToken = (JSON.parse(readFileSync(join(data, "cli.json"), "utf8")) as { token: string }).token;
    first.child.kill("SIGTERM");
    expect(await first.ended).toBe(0);
    const second = await serve(data, port);
    expect(portolan(["hosts", "--json", "--token-file", "-"], token).out).toBe('{\n  "items": []\n}\n');
    expect(portolan(["hosts", "--json", "--token-file", "-"], localToken).err).toContain("revoked");
    expect(portolan(["token", "revoke", id]).code).toBe(0);
    expect(portolan(["hosts", "--token-file", "-"], token)).toMatchObject({ code: 1, out: "" });
    const secret = (JSON.parse(Buffer.from(token.slice(4), "base64url").toString()) as { secret: string }).secret;
    for (const text of [first.log(), second.log()])
      for (const word of [secret, token, localToken]) expect(text).not.toContain(word);
  });

  it("refuses a data folder in use and names the program that has it", async () => {
    const { child } = await serve(join(folder, "data"), await freePort());
    const second = portolan(["serve", "--listen", `127.0.0.1:${await freePort()}`]);
    expect(second.code).toBe(1);
    expect(second.err).toContain(String(child.pid));
  });

  it("says in one sentence what is wrong with a port or a data folder", async () => {
    const port = await freePort();
    await serve(join(folder, "data"), port);
    writeFileSync(join(folder, "file"), "not a folder");
    mkdirSync(join(folder, "damaged"));
    writeFileSync(join(folder, "damaged", "portolan.db"), "this is no database at all".repeat(100));
    for (const [args, expected] of [
      [["--data", "other", "--listen", `127.0.0.1:${port}`], `port ${port}`],
      [["--data", "other", "--listen", `192.0.2.250:${port}`], "192.0.2.250"],
      [["--data", "file"], "file"],
      [["--data", "damaged", "--listen", "127.0.0.1:1"], "damaged"],
    ] as const) {
      const { code, err, out } = portolan(["serve", ...args]);
      expect({ code, out, lines: err.trim().split("\n").length }).toEqual({ code: 1, out: "", lines: 1 });
      expect(err).toContain(expected);
    }
  });
});

describeInLab("serve on a full disk", () => {
  it("says that the disk is full", async () => {
    const data = join(folder, "full");
    mkdirSync(data);
    const mount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=8k", "tmpfs", data], { encoding: "utf8" });
    expect(mount.stderr).toBe("");
    try {
      const { code, err } = portolan(["serve", "--data", data, "--listen", `127.0.0.1:${await freePort()}`]);
      expect(code).toBe(1);
      expect(err).toMatch(/full|space/);
      expect(err.trim().split("\n")).toHaveLength(1);
    } finally {
      spawnSync("umount", [data]);
    }
  });
});

describe("commands", () => {
  it.each([
    [["frobnicate"], 2, "frobnicate"],
    [["export", "firewall", "--format", "pdf", "-o", "x"], 2, "xlsx"],
    [["export", "firewall", "-o", "x"], 2, "--format"],
    [["token", "create", "--kind", "api", "--uses", "none"], 2, "--uses"],
    [["hosts", "--url", "http://10.255.255.1:7440", "--token-file", "-"], 2, "https://"],
    [["hosts", "--url", "127.0.0.1:7440", "--token-file", "-"], 2, "--url"],
    [["hosts", "--url", "http://127.0.0.1:9"], 2, "token"],
    [["hosts", "--url", "http://127.0.0.1:9", "--token-file", "-"], 1, "127.0.0.1:9"],
    [["hosts"], 1, "npm start"],
    [["plan", "create", "--config", "missing.yaml"], 1, "missing.yaml"],
  ])("%j exits with %i and says what was expected", (args, code, expected) => {
    const done = portolan(args, "secret");
    expect(done.code).toBe(code);
    expect(done.err).toContain(expected);
    expect(done.out).toBe("");
  });

  it("have help", () => {
    const help = portolan(["--help"]);
    expect(help.code).toBe(0);
    for (const name of ["serve", "token", "hosts", "dependencies", "coverage", "groups", "export", "plan", "import"])
      expect(portolan([name, "--help"])).toMatchObject({ code: 0, err: "" });
  });
});
