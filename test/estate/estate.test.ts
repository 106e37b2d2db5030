import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildEstate, type Estate } from "./estate.ts";
import { type EstatePlan, EstatePlanError } from "./plan.ts";
import { describeInLab } from "./requirements.ts";
import { runDirectory } from "./run-id.ts";
import { sweepDeadRuns } from "./sweep.ts";

const PLAN: EstatePlan = {
  segments: [
    { name: "front", cidr: "10.91.1.0/24" },
    { name: "data", cidr: "10.91.2.0/24" },
  ],
  hosts: [
    { name: "web1", segment: "front", address: "10.91.1.11" },
    { name: "db1", segment: "data", address: "10.91.2.31" },
  ],
};

function namespacesOf(runId: string): string[] {
  return existsSync("/run/netns") ? readdirSync("/run/netns").filter((name) => name.startsWith(runId)) : [];
}

describeInLab("a lab of two hosts on two segments", () => {
  let estate: Estate;
  beforeAll(async () => {
    estate = await buildEstate(PLAN);
  });
  afterAll(() => estate.close());

  test("hosts have their own names, machine ids, process ids and interfaces", async () => {
    for (const host of estate.hosts) {
      const seen = await host.exec(["sh", "-c", "hostname; cat /etc/hostname /etc/machine-id; ls /sys/class/net"]);
      expect(seen).toMatchObject({ code: 0, stderr: "" });
      expect(seen.stdout.split("\n")).toEqual([host.name, host.name, host.machineId, "eth0", "lo", ""]);
      expect((await host.exec(["cat", "/proc/1/cmdline"])).stdout).toContain("host-init.sh");
    }
    expect(estate.host("web1").machineId).not.toBe(estate.host("db1").machineId);
  });

  test("hosts reach each other through the router and see each other's real addresses", async () => {
    const db = estate.host("db1");
    const server = db.spawn([process.execPath, "-e", ECHO_PEER], { log: "echo.log" });
    await db.waitForListener(5432);
    const answer = await estate.host("web1").exec([process.execPath, "-e", READ_ALL]);
    expect(answer).toMatchObject({ code: 0, stdout: "::ffff:10.91.1.11" });
    expect((await estate.host("web1").exec(["ip", "route"])).stdout).toContain("default via 10.91.1.1 dev eth0");
    expect(await server.stop()).toEqual({ code: null, signal: "SIGTERM" });
  });

  test("processes and files of one host are invisible to another", async () => {
    const [web, db] = [estate.host("web1"), estate.host("db1")];
    const sleeper = web.spawn(["sleep", "4242"], { log: "sleep.log" });
    const secret = join(web.stateDir, "secret");
    await web.exec([
      "sh",
      "-c",
      "echo mine > secret; echo changed > /etc/machine-note; echo x > /run/x; echo y > /var/y",
    ]);
    expect(readFileSync(secret, "utf8")).toBe("mine\n");

    const listing = "cat /proc/[0-9]*/cmdline | tr '\\0' ' '";
    expect((await web.exec(["sh", "-c", listing])).stdout).toContain("sleep 4242");
    expect((await db.exec(["sh", "-c", listing])).stdout).not.toContain("sleep 4242");
    for (const path of [secret, "/etc/machine-note", "/run/x", "/var/y"]) {
      expect((await db.exec(["test", "-e", path])).code).toBe(1);
    }
    expect(["/etc/machine-note", "/run/x", "/var/y"].filter((path) => existsSync(path))).toEqual([]);
    await sleeper.stop();
  });

  test("pid 1 reaps what is re-parented to it", async () => {
    const web = estate.host("web1");
    await web.exec(["sh", "-c", "(sleep 0.2 &) ; (sleep 0.2 &)"]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const states = await web.exec(["sh", "-c", "cat /proc/[0-9]*/stat"]);
    expect(states.stdout.split("\n").filter((line) => / Z /.test(line))).toEqual([]);
  });

  test("exec returns exit codes and output, and kills what takes too long", async () => {
    const web = estate.host("web1");
    expect(await web.exec(["sh", "-c", "cat; echo oops >&2; exit 3"], { input: "in" })).toMatchObject({
      code: 3,
      stdout: "in",
      stderr: "oops\n",
    });
    expect(await web.exec(["sleep", "60"], { timeoutMs: 100 })).toMatchObject({ signal: "SIGKILL" });
  });

  test("two runs stand beside each other", async () => {
    const second = await buildEstate(PLAN);
    expect((await second.host("web1").exec(["hostname"])).stdout).toBe("web1\n");
    expect((await estate.host("web1").exec(["hostname"])).stdout).toBe("web1\n");
    await second.close();
    expect((await estate.host("web1").exec(["hostname"])).stdout).toBe("web1\n");
  });
});

describeInLab("cleaning up", () => {
  test("close leaves no process, namespace or directory", async () => {
    const estate = await buildEstate(PLAN);
    const web = estate.host("web1");
    const stubborn = web.spawn(["sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 1; done"], { log: "stubborn" });
    await expect.poll(() => readFileSync(join(web.stateDir, "stubborn"), "utf8")).toBe("deaf\n");
    const before = namespacesOf(estate.runId);
    expect(before).toHaveLength(4);
    await estate.close();
    expect(await stubborn.exited).toEqual({ code: null, signal: "SIGKILL" });
    expect(leftOf(estate.runId)).toEqual([]);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("a run that is interrupted by %s cleans up", async (signal) => {
    const owner = await startOwner();
    expect(namespacesOf(owner.runId)).toHaveLength(4);
    owner.kill(signal);
    expect(await owner.ended).toBe(signal);
    expect(leftOf(owner.runId)).toEqual([]);
  });

  test("what a killed run leaves is swept by the next one, and a living run is not", async () => {
    const living = await buildEstate(PLAN);
    const owner = await startOwner();
    owner.kill("SIGKILL");
    expect(await owner.ended).toBe("SIGKILL");
    expect(namespacesOf(owner.runId)).toHaveLength(4);

    expect(sweepDeadRuns()).toContain(owner.runId);
    expect(leftOf(owner.runId)).toEqual([]);
    expect((await living.host("web1").exec(["hostname"])).stdout).toBe("web1\n");
    await living.close();
  });

  test("the sweep keeps directories that only look alike", () => {
    const lookalike = runDirectory("ptn-notes");
    mkdirSync(lookalike, { recursive: true });
    sweepDeadRuns();
    expect(existsSync(lookalike)).toBe(true);
    rmSync(lookalike, { recursive: true });
  });
});

describe("a wrong plan", () => {
  test.each([
    [{ ...PLAN, hosts: [{ name: "web1", segment: "dmz", address: "10.91.1.11" }] }, /hosts.segment: "dmz"/],
    [{ ...PLAN, hosts: [{ name: "web1", segment: "front", address: "10.91.2.11" }] }, /10\.91\.1\.0\/24/],
    [{ ...PLAN, hosts: [{ name: "web1", segment: "front", address: "10.91.1.1" }] }, /hosts.address: "10.91.1.1"/],
    [{ ...PLAN, hosts: [{ name: "Web 1", segment: "front", address: "10.91.1.11" }] }, /hosts.name: "Web 1"/],
    [{ segments: [{ name: "front", cidr: "10.91.1.0" }], hosts: [] }, /segments.cidr: "10.91.1.0"/],
  ])("is refused before anything is built %#", async (plan, message) => {
    const refused = buildEstate(plan);
    await expect(refused).rejects.toBeInstanceOf(EstatePlanError);
    await expect(refused).rejects.toThrow(message);
  });
});

/** A server that tells each client the address it was seen with. */
const ECHO_PEER = `require("node:net").createServer((s) => s.end(s.remoteAddress)).listen(5432)`;
const READ_ALL = `require("node:net").connect(5432, "db1").pipe(process.stdout)`;

/** Processes, namespaces and directories that carry the run's id. */
function leftOf(runId: string): string[] {
  const processes = readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(`/${runId}/`);
      } catch {
        return false;
      }
    });
  return [...processes, ...namespacesOf(runId), ...[runDirectory(runId)].filter((path) => existsSync(path))];
}

/** A process of its own that builds the lab and then waits. */
async function startOwner() {
  const directory = mkdtempSync(join(tmpdir(), "portolan-owner-"));
  const script = join(directory, "owner.ts");
  const estateModule = fileURLToPath(new URL("estate.ts", import.meta.url));
  writeFileSync(
    script,
    `import { buildEstate } from ${JSON.stringify(estateModule)};
     const estate = await buildEstate(${JSON.stringify(PLAN)});
     estate.host("web1").spawn(["sleep", "600"], { log: "sleep.log" });
     process.stdout.write(estate.runId);
     setInterval(() => {}, 1000);`,
  );
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  const runId = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString()));
    child.once("exit", () => reject(new Error("the owner ended before its lab stood")));
  });
  rmSync(directory, { recursive: true });
  return {
    runId,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    ended: new Promise((resolve) => child.once("exit", (code, signal) => resolve(signal ?? code))),
  };
}
