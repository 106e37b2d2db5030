import { Process, Source } from "@portolan/protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Snapshot } from "../sampler.ts";
import { createSampler } from "./index.ts";
import { createSyntheticProc } from "./synthetic-proc.ts";

let proc: ReturnType<typeof createSyntheticProc>;
beforeEach(() => {
  proc = createSyntheticProc();
});
afterEach(() => proc.remove());

const sampler = (): ReturnType<typeof createSampler> =>
  createSampler({ procRoot: proc.root, passwdFile: proc.passwdFile });

/** The process of the recorded listener on 10.1.2.3:5432, inode 34555. */
function databaseOf({ observations }: Snapshot): Process | undefined {
  return observations.find((row) => row.inode === 34555)?.process;
}

const DATABASE = { name: "postgres", executable: "/usr/lib/postgresql/16/bin/postgres", argv: ["postgres"] };

describe("processes", () => {
  it("have name, executable, program, user and service, and nothing else of the command line", async () => {
    proc.addProcess(70, {
      name: "gunicorn",
      executable: "/usr/bin/python3.11 (deleted)",
      argv: ["python3", "/srv/shop/serve.py", "--password=hunter2"],
      inodes: [34555],
      cgroup: "0::/system.slice/shop.service\n",
    });
    const snapshot = await sampler().sample();
    expect(databaseOf(snapshot)).toEqual({
      name: "gunicorn",
      executable: "/usr/bin/python3.11",
      program: "serve.py",
      user: "shop",
      service: "shop.service",
    });
    expect(JSON.stringify(snapshot)).not.toContain("hunter2");
  });

  it("of a container keep the number of their user", async () => {
    const id = "ab".repeat(32);
    proc.addProcess(70, { ...DATABASE, inodes: [34555], cgroup: `0::/system.slice/docker-${id}.scope\n` });
    expect(databaseOf(await sampler().sample())).toMatchObject({ user: "1001", container: { id } });
  });

  it("always fit the protocol", async () => {
    proc.addProcess(70, { name: "", executable: `/${"x".repeat(2000)}`, argv: [], inodes: [34555], user: 77 });
    const found = databaseOf(await sampler().sample());
    expect(Process.safeParse(found).error).toBeUndefined();
    expect(found?.user).toBe("77");
  });

  it("that run Node are not called by its thread's name", async () => {
    proc.addProcess(70, {
      name: "MainThread",
      executable: "/usr/bin/node",
      argv: ["node", "a/api.js"],
      inodes: [34555],
    });
    expect(databaseOf(await sampler().sample())).toMatchObject({ name: "node", program: "api.js" });
  });

  it("that share a socket are represented by the first, and by systemd only when it is alone", async () => {
    proc.addProcess(1, { ...DATABASE, name: "systemd", inodes: [34555, 34556] });
    proc.addProcess(1000, { ...DATABASE, name: "worker", inodes: [34555] });
    proc.addProcess(999, { ...DATABASE, name: "master", inodes: [34555] });
    const snapshot = await sampler().sample();
    expect(databaseOf(snapshot)?.name).toBe("master");
    expect(snapshot.observations.find((row) => row.inode === 34556)?.process?.name).toBe("systemd");
  });

  it.each([
    ["app --password=", "node"],
    ["db: user bob pw", "node"],
    ["two\nlines", "node"],
    ["api-worker", "api-worker"],
    ["(sd-pam)", "(sd-pam)"],
  ])("that call themselves %j go by the name %s: titles stay here", async (name, expected) => {
    proc.addProcess(70, { name, executable: "/usr/bin/node", argv: [name, "", ""], inodes: [34555] });
    expect(databaseOf(await sampler().sample())).toEqual({ name: expected, executable: "/usr/bin/node", user: "shop" });
  });

  it("whose file has a name with spaces keep it", async () => {
    proc.addProcess(70, {
      ...DATABASE,
      name: "Big Server 2019",
      executable: "/opt/Big Server 2019 x64",
      inodes: [34555],
    });
    expect(databaseOf(await sampler().sample())?.name).toBe("Big Server 2019");
  });

  it("are not confused with the one that had their pid before", async () => {
    const same = sampler();
    proc.addProcess(70, { ...DATABASE, inodes: [34555] });
    expect(databaseOf(await same.sample())?.name).toBe("postgres");
    proc.removeProcess(70);
    proc.addProcess(70, { ...DATABASE, name: "other", inodes: [34557], startTime: 6000 });
    const snapshot = await same.sample();
    expect(databaseOf(snapshot)).toBeUndefined();
    expect(snapshot.observations.find((row) => row.inode === 34557)?.process?.name).toBe("other");
  });

  it("are found again when a socket went to another, and read again after exec", async () => {
    const same = sampler();
    proc.addProcess(70, { ...DATABASE, inodes: [34555] });
    proc.addProcess(71, { ...DATABASE, name: "heir", inodes: [34555] });
    await same.sample();
    proc.removeProcess(70);
    expect(databaseOf(await same.sample())?.name).toBe("heir");
    proc.removeProcess(71);
    proc.addProcess(71, { ...DATABASE, name: "heir2", inodes: [34555] });
    expect(databaseOf(await same.sample())?.name).toBe("heir2");
  });
});

describe("what changes without a sign", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 21) }));
  afterEach(() => void vi.useRealTimers());

  it("is looked up afresh after five minutes", async () => {
    const same = sampler();
    proc.addProcess(1, { ...DATABASE, name: "systemd", inodes: [34555] });
    expect(databaseOf(await same.sample())?.name).toBe("systemd");
    proc.addProcess(70, { ...DATABASE, inodes: [34555] });
    vi.setSystemTime(Date.now() + 299_000);
    expect(databaseOf(await same.sample())?.name).toBe("systemd");
    vi.setSystemTime(Date.now() + 1000);
    expect(databaseOf(await same.sample())?.name).toBe("postgres");
  });

  it("does not make it look at every sample for a socket that nobody holds", async () => {
    const same = sampler();
    await same.sample();
    await same.sample();
    proc.addProcess(70, { ...DATABASE, inodes: [34555] });
    vi.setSystemTime(Date.now() + 59_000);
    expect(databaseOf(await same.sample())).toBeUndefined();
    vi.setSystemTime(Date.now() + 1000);
    expect(databaseOf(await same.sample())?.name).toBe("postgres");
  });
});

describe("the source", () => {
  it("counts rows and says what it cannot see", async () => {
    const { sources, ephemeralPorts } = await sampler().sample();
    expect(sources).toMatchObject([{ name: "proc-net", ok: true, observations: 13, lost: 0, gapMs: 0 }]);
    expect(sources[0]?.blindTo).toEqual([
      "udp-peers",
      "resets",
      "peer-closed",
      "failed-attempts",
      "bytes",
      "containers",
      "container-ends",
    ]);
    expect(Source.safeParse(sources[0]).error).toBeUndefined();
    expect(ephemeralPorts).toEqual({ from: 40000, to: 60999 });
  });

  it("says that it cannot name processes where they are hidden, not where there are none", async () => {
    expect((await sampler().sample()).sources[0]?.reason).toBeUndefined();
    proc.removeProcess(1);
    const [source] = (await sampler().sample()).sources;
    expect(source).toMatchObject({ ok: true, reason: expect.stringContaining("11 sockets") });
    expect(source?.blindTo).toContain("processes");
  });

  it("counts lines that are no rows as lost", async () => {
    proc.write("net/udp", "  sl  local_address\n rubbish\n");
    expect((await sampler().sample()).sources).toMatchObject([{ ok: true, observations: 11, lost: 1 }]);
  });

  it("finds nothing wrong with a host without IPv6", async () => {
    proc.removeFile("net/tcp6");
    proc.removeFile("net/udp6");
    expect((await sampler().sample()).sources).toMatchObject([{ ok: true, observations: 7, lost: 0 }]);
  });

  it("is not ok when a table of IPv4 cannot be read, and keeps the others", async () => {
    proc.removeFile("net/tcp");
    const [source] = (await sampler().sample()).sources;
    expect(source).toMatchObject({ ok: false, observations: 8 });
    expect(source?.reason).toContain("net/tcp");
  });

  it("reports time beyond the interval as a gap", async () => {
    const eager = createSampler({ procRoot: proc.root, passwdFile: proc.passwdFile, expectedIntervalMs: 10 });
    await eager.sample();
    await new Promise((resolve) => setTimeout(resolve, 60));
    const [source] = (await eager.sample()).sources;
    expect(source?.gapMs).toBeGreaterThan(20);
    expect(source?.gapMs).toBeLessThan(5000);
  });

  it("falls back to the kernel's default of ephemeral ports", async () => {
    proc.write("sys/net/ipv4/ip_local_port_range", "?");
    expect((await sampler().sample()).ephemeralPorts).toEqual({ from: 32768, to: 60999 });
  });
});

describe("IPv6's table", () => {
  // The recorded IPv4 table has one row in TIME_WAIT.
  it.each([
    ["left alone when no socket stands in it and none waits", 0, 1, 8],
    ["read when a socket stands in it", 1, 1, 13],
    ["read when more wait than IPv4 shows", 0, 2, 13],
  ])("is %s", async (_, inUse, timeWait, expected) => {
    proc.write("net/sockstat6", `TCP6: inuse ${inUse}\nUDP6: inuse 0\n`);
    proc.write("net/sockstat", `TCP: inuse 4 orphan 0 tw ${timeWait} alloc 5 mem 1\n`);
    expect((await sampler().sample()).observations).toHaveLength(expected);
  });
});
