import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCgroup } from "./parse-cgroup.ts";
import { parsePasswd } from "./parse-passwd.ts";
import { parsePortRange } from "./parse-port-range.ts";
import { parseProcStat } from "./parse-proc-stat.ts";
import { parseSockstat } from "./parse-sockstat.ts";
import { parseStatusUser } from "./parse-status.ts";

const ID = "0123456789abcdef".repeat(4);
const OTHER_ID = "fedcba9876543210".repeat(4);

describe("parseCgroup", () => {
  it.each([
    ["v2 service", "0::/system.slice/nginx.service\n", { service: "nginx.service" }],
    [
      "v2 instance",
      "0::/system.slice/system-postgresql.slice/postgresql@16-main.service\n",
      { service: "postgresql@16-main.service" },
    ],
    ["sub-group of a service", "0::/system.slice/ssh.service/workers\n", { service: "ssh.service" }],
    [
      "user's service",
      "0::/user.slice/user-1000.slice/user@1000.service/app.slice/sync.service\n",
      { service: "sync.service" },
    ],
    ["login session", "0::/user.slice/user-1000.slice/session-3.scope\n", {}],
    ["root", "0::/\n", {}],
    [
      "v1 service",
      "9:name=systemd:/system.slice/cron.service\n4:memory:/system.slice/cron.service\n0::/\n",
      { service: "cron.service" },
    ],
    ["v1 unit of another hierarchy", "4:memory:/system.slice/other.service\n", {}],
    ["docker v2", `0::/system.slice/docker-${ID}.scope\n`, { containerId: ID }],
    ["docker v1", `12:pids:/docker/${ID}\n1:name=systemd:/docker/${ID}\n`, { containerId: ID }],
    [
      "containerd v2",
      `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-${ID}.scope\n`,
      { containerId: ID },
    ],
    [
      "containerd v1 inside its service",
      `1:name=systemd:/system.slice/containerd.service/kubepods-burstable-pod1.slice:cri-containerd:${ID}\n`,
      { containerId: ID },
    ],
    ["kubernetes v1", `11:cpu:/kubepods/burstable/pod2f1e7e0c-aaaa/${ID}\n`, { containerId: ID }],
    ["cri-o", `0::/kubepods.slice/kubepods-pod1.slice/crio-${ID}.scope\n`, { containerId: ID }],
    ["cri-o monitor", `0::/kubepods.slice/kubepods-pod1.slice/crio-conmon-${ID}.scope\n`, {}],
    ["podman", `0::/machine.slice/libpod-${ID}.scope/container\n`, { containerId: ID }],
    [
      "podman of a user",
      `0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope\n`,
      { containerId: ID },
    ],
    ["podman monitor", `0::/machine.slice/libpod-conmon-${ID}.scope\n`, {}],
    [
      "service inside a container",
      `0::/system.slice/docker-${ID}.scope/system.slice/app.service\n`,
      { containerId: ID, service: "app.service" },
    ],
    ["container inside a container", `0::/docker/${ID}/docker/${OTHER_ID}\n`, { containerId: OTHER_ID }],
    ["too short for an ID", `0::/docker/${ID.slice(1)}\n`, {}],
    ["nothing", "", {}],
  ])("%s", (_, text, owner) => {
    expect(parseCgroup(Buffer.from(text))).toEqual(owner);
  });
});

describe("parseProcStat", () => {
  const tail = `S 1 ${Array.from({ length: 17 }, () => 0).join(" ")} 88123 0 0`;

  it.each(["sshd", "a b) (c", "", ") S 1 2", "한글"])("reads the name %j and the start", (name) => {
    expect(parseProcStat(Buffer.from(`42 (${name}) ${tail}\n`))).toEqual({ name, startTime: 88123 });
  });

  it.each(["", "42 (sshd", "42 (sshd) S 1 2", ")("])("refuses %j", (text) => {
    expect(parseProcStat(Buffer.from(text))).toBeUndefined();
  });
});

describe("the other parsers", () => {
  it("parseStatusUser takes the effective user", () => {
    expect(parseStatusUser(Buffer.from("Name:\tUid:\nUid:\t1000\t33\t33\t33\nGid:\t0\t0\t0\t0\n"))).toBe(33);
    expect(parseStatusUser(Buffer.from("Name:\tx\n"))).toBeUndefined();
  });

  it("parsePasswd takes the first name of an id and skips what is no entry", () => {
    const text =
      "root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\n\n# note\nbroken\nwww-data:x:33:33::/:/\nno:x:a:\n";
    expect([...parsePasswd(Buffer.from(text))]).toEqual([
      [0, "root"],
      [33, "www-data"],
    ]);
  });

  it("parsePortRange takes two ports in order", () => {
    expect(parsePortRange(Buffer.from("32768\t60999\n"))).toEqual({ from: 32768, to: 60999 });
    for (const text of ["", "1\n", "60999 32768\n", "1 70000\n", "a b"]) {
      expect(parsePortRange(Buffer.from(text))).toBeUndefined();
    }
  });

  it("parseSockstat takes the counter of the line", () => {
    const text = "sockets: used 9\nTCP: inuse 5 orphan 0 tw 3 alloc 6 mem 1\n TCP6: inuse 2\n";
    expect(parseSockstat(Buffer.from(text), "TCP", "tw")).toBe(3);
    expect(parseSockstat(Buffer.from(text), "TCP6", "inuse")).toBe(2);
    expect(parseSockstat(Buffer.from(text), "TCP6", "tw")).toBeUndefined();
    expect(parseSockstat(Buffer.from("TCP: inuse x"), "TCP", "inuse")).toBeUndefined();
  });

  it("none throws on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        parseCgroup(bytes);
        parsePasswd(bytes);
        parsePortRange(bytes);
        parseProcStat(bytes);
        parseSockstat(bytes, "TCP", "tw");
        parseStatusUser(bytes);
      }),
    );
  });
});
