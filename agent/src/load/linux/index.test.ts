import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createLoadReader } from "./index.ts";

let root: string;
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const interfaces = (...names: string[]) =>
  write("net/dev", `head\nhead\n${names.map((name) => `${name}: 10 0 0 0 0 0 0 0 20 0\n`).join("")}`);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "portolan-load-"));
  write("stat", "cpu  10 0 10 80 0 0 0 0 0 0\n");
  write("meminfo", "MemTotal: 100 kB\nMemAvailable: 40 kB\n");
  write("diskstats", "8 1 sda1 0 0 0 0 0 0 4 0 0 0\n");
  // A folder that is there stands for the mount, whose fill a test can't choose.
  write("self/mountinfo", `1 0 8:1 / ${tmpdir()} rw - ext4 /dev/sda1 rw\n`);
  interfaces("lo", "docker0", "eth0");
});
afterEach(() => rmSync(root, { recursive: true }));

const reader = (now?: () => number) => createLoadReader({ procRoot: root, sysRoot: root, ...(now && { now }) });

describe("load of a Linux host", () => {
  test("is read from /proc and the volumes", async () => {
    expect(await reader().read()).toEqual({
      cpu: { busy: 20, total: 100 },
      memoryUsed: 61_440,
      interfaces: new Map([["eth0", { bytesIn: 10, bytesOut: 20 }]]),
      volumes: [{ mount: tmpdir(), device: "8:1", written: 2048, used: expect.any(Number) }],
      problems: [],
      lost: 0,
    });
  });

  test("how full volumes are is asked once a minute, and what was written at each look", async () => {
    let at = 0;
    const { read } = reader(() => at);
    await read();
    at = 15_000;
    expect((await read()).volumes).toEqual([{ mount: tmpdir(), device: "8:1", written: 2048 }]);
    at = 60_000;
    expect((await read()).volumes[0]).toHaveProperty("used");
  });

  test("interfaces that are made of others count once", async () => {
    interfaces("eth0", "eth1", "bond0", "bond0.7", "tun0", "veth12");
    for (const name of ["eth0", "eth1"]) mkdirSync(join(root, "class/net", name, "device"), { recursive: true });
    expect([...(await reader().read()).interfaces.keys()]).toEqual(["eth0", "eth1"]);
  });

  test("goes on with what is left, and says what is missing", async () => {
    rmSync(join(root, "meminfo"));
    write("stat", "intr 5\n");
    write("diskstats", "8 1 sda1\n");
    const { problems, lost, ...rest } = await reader().read();
    expect(problems).toEqual([`${root}/stat: not what was expected`, `${root}/meminfo: ENOENT`]);
    expect(lost).toBe(1);
    expect(rest).not.toHaveProperty("cpu");
    expect(rest).not.toHaveProperty("memoryUsed");
    expect(rest.volumes).toEqual([{ mount: tmpdir(), device: "8:1", used: expect.any(Number) }]);
  });
});
