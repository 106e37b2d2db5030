import { beforeEach, describe, expect, test, vi } from "vitest";
import { createFlowTable } from "../../flows/flow-table.ts";
import type { Observation } from "../sampler.ts";
import { createSampler } from "./index.ts";
import { ESTABLISHED, LISTEN, TIME_WAIT } from "./synthetic-tables.ts";
import { createWin32Double, type DoubleWindows } from "./win32-double.ts";

const OWN = [10, 1, 1, 5];
const PEER = [10, 1, 1, 9];
let windows: DoubleWindows;
let sampler: ReturnType<typeof createSampler>;
beforeEach(() => {
  const double = createWin32Double();
  windows = double.windows;
  sampler = createSampler({}, double.win32);
  windows.processes = [
    { pid: 4, name: "System", createdAt: 1n },
    { pid: 900, name: "svchost.exe", createdAt: 50n },
    { pid: 1200, name: "sqlservr.exe", createdAt: 60n },
  ];
});

async function processes(): Promise<(Observation["process"] | undefined)[]> {
  return (await sampler.sample()).observations.map((row) => row.process);
}

describe("through a double of Windows' calls", () => {
  test("names program, file, user and services of each socket", async () => {
    windows.tcp4 = [
      { state: LISTEN, local: OWN, localPort: 1433, pid: 1200 },
      { state: LISTEN, local: OWN, localPort: 445, pid: 4 },
    ];
    windows.udp4 = [{ local: OWN, localPort: 123, pid: 900 }];
    windows.services = [
      { name: "W32Time", pid: 900 },
      { name: "Dhcp", pid: 900 },
      { name: "MSSQLSERVER", pid: 1200 },
    ];
    const { observations, sources, isComplete, ...rest } = await sampler.sample();
    expect(observations.map((row) => [row.localPort, row.process])).toEqual([
      [
        1433,
        {
          name: "sqlservr.exe",
          executable: "C:\\Program Files\\Synthetic\\sqlservr.exe",
          user: "DOUBLE\\user1200",
          service: "MSSQLSERVER",
        },
      ],
      [445, { name: "System" }],
      [123, expect.objectContaining({ name: "svchost.exe", service: "Dhcp, W32Time" })],
    ]);
    expect(isComplete).toBe(true);
    // Looks alone: what opened or failed between two of them nobody told.
    expect(rest).toMatchObject({ events: [], tellsOpenings: false, tellsFailures: false });
    expect(rest.ephemeralPorts).toEqual({ from: 49_152, to: 65_535 });
    expect(sources).toEqual([
      expect.objectContaining({
        name: "ip-helper",
        ok: true,
        observations: 3,
        blindTo: ["udp-peers", "resets", "peer-closed", "failed-attempts", "bytes"],
      }),
    ]);
    expect(sources[0]).not.toHaveProperty("reason");
  });

  test("a process is identified once, and services that come later are told", async () => {
    windows.tcp4 = [{ local: OWN, localPort: 1433, remote: PEER, remotePort: 50_000, pid: 1200 }];
    const [first] = await processes();
    const [second] = await processes();
    expect(second).toBe(first);
    expect(windows.opened).toBe(1);
    windows.services = [{ name: "MSSQL$B", pid: 1200 }];
    windows.tcp4.push({ local: OWN, localPort: 50_001, remote: PEER, remotePort: 443, pid: 900 });
    expect((await processes())[0]).toMatchObject({ service: "MSSQL$B" });
    expect(windows.opened).toBe(2);
  });

  test("what cannot be written as UTF-8 is told as U+FFFD: half a pair in a name, or at a cut", async () => {
    const { windows, win32 } = createWin32Double();
    windows.processes = [{ pid: 1200, name: "a\ud800.exe", createdAt: 60n }];
    windows.tcp4 = [{ local: OWN, localPort: 1433, remote: PEER, remotePort: 50_000, pid: 1200 }];
    const path = `C:\\${"x".repeat(1020)}\u{1f600}.exe`;
    const odd = createSampler({}, { ...win32, imageName: () => path, accountName: async () => "CORP\\b\udc00" });
    expect((await odd.sample()).observations[0]?.process).toMatchObject({
      name: "a\ufffd.exe",
      executable: `C:\\${"x".repeat(1020)}\ufffd`,
      user: "CORP\\b\ufffd",
    });
  });

  test("an account whose name comes late is told from then on", async () => {
    const { windows, win32 } = createWin32Double();
    const { promise: answer, resolve } = Promise.withResolvers<string>();
    windows.processes = [{ pid: 1200, name: "sqlservr.exe", createdAt: 60n }];
    windows.tcp4 = [{ local: OWN, localPort: 1433, remote: PEER, remotePort: 50_000, pid: 1200 }];
    const slow = createSampler({}, { ...win32, accountName: () => answer });
    vi.useFakeTimers();
    try {
      const early = slow.sample();
      await vi.advanceTimersByTimeAsync(5000);
      expect((await early).observations[0]?.process?.user).toBe("S-1-5-80-1200");
    } finally {
      vi.useRealTimers();
    }
    resolve("CORP\\sql");
    await answer;
    await slow.sample();
    expect((await slow.sample()).observations[0]?.process?.user).toBe("CORP\\sql");
  });

  test("a pid that is used again is not its predecessor", async () => {
    windows.tcp4 = [{ local: OWN, localPort: 50_000, remote: PEER, remotePort: 443, pid: 1200 }];
    const before = (await sampler.sample()).observations[0];
    windows.processes[2] = { pid: 1200, name: "w3wp.exe", createdAt: 61n };
    const after = (await sampler.sample()).observations[0];
    expect([before?.process?.name, after?.process?.name]).toEqual(["sqlservr.exe", "w3wp.exe"]);
    expect(after?.inode).not.toBe(before?.inode);
  });

  test("a process that another took the place of while it was looked at has no name yet", async () => {
    const { windows, win32 } = createWin32Double();
    windows.processes = [{ pid: 1200, name: "sqlservr.exe", createdAt: 60n }];
    windows.tcp4 = [{ local: OWN, localPort: 1433, remote: PEER, remotePort: 50_000, pid: 1200 }];
    const racing = createSampler({}, { ...win32, creationTime: () => 61n });
    expect((await racing.sample()).observations[0]?.process).toBeUndefined();
  });

  test("a process that may not be opened keeps name, path and services; what is lost is said, with the right", async () => {
    windows.tcp4 = [{ state: LISTEN, local: OWN, localPort: 1433, pid: 1200 }];
    windows.services = [{ name: "MSSQLSERVER", pid: 1200 }];
    windows.denied.add(1200);
    const { observations, sources } = await sampler.sample();
    expect(observations[0]?.process).toEqual({
      name: "sqlservr.exe",
      executable: "C:\\Program Files\\Synthetic\\sqlservr.exe",
      service: "MSSQLSERVER",
    });
    expect(sources[0]).toMatchObject({
      ok: true,
      reason: expect.stringMatching(/^of 1 of 1 processes the user .*SeDebugPrivilege/),
    });
    expect(sources[0]?.blindTo).not.toContain("processes");
  });

  test("of an interpreter what it runs is told, of others the command line is not even asked for", async () => {
    windows.processes.push({ pid: 1300, name: "java.exe", createdAt: 70n });
    windows.tcp4 = [1200, 1300].map((pid) => ({ state: LISTEN, local: OWN, localPort: pid, pid }));
    const secret = "-Dpassword=secret -jar D:\\apps\\shop.jar --token secret";
    windows.commandLines = { 1200: secret, 1300: `"C:\\Program Files\\Java\\java.exe" ${secret}` };
    const seen = await processes();
    expect(seen.map((process) => process?.program)).toEqual([undefined, "shop.jar"]);
    expect(JSON.stringify(seen)).not.toContain("secret");
  });

  test("a service's account is told though its token may not be opened, and then nothing is lost", async () => {
    windows.tcp4 = [{ state: LISTEN, local: OWN, localPort: 1433, pid: 1200 }];
    windows.services = [{ name: "MSSQL$B", pid: 1200 }];
    windows.accounts = { MSSQL$B: "CORP\\sql" };
    windows.tokenDenied.add(1200);
    const { observations, sources } = await sampler.sample();
    expect(observations[0]?.process?.user).toBe("CORP\\sql");
    expect(sources[0]).not.toHaveProperty("reason");
  });

  test.each([
    ["token", ["tokenDenied"], {}, /the user is not known.*TOKEN_QUERY/],
    ["path", ["denied", "withoutPath"], {}, /the executable is not known.*PROCESS_QUERY_LIMITED_INFORMATION/],
    ["services", [], { services: 5 }, /the services are not known.*SC_MANAGER_ENUMERATE_SERVICE/],
  ] as const)("a right that is missing for the %s is said", async (_what, sets, errors, reason) => {
    windows.tcp4 = [{ state: LISTEN, local: OWN, localPort: 1433, pid: 1200 }];
    for (const name of sets) windows[name].add(1200);
    windows.errors = errors;
    const { sources, observations } = await sampler.sample();
    expect(sources[0]).toMatchObject({ ok: true, reason: expect.stringMatching(reason) });
    expect(observations[0]?.process?.name).toBe("sqlservr.exe");
  });

  test("a Service Control Manager that fails for another reason is told by its code, and no right is asked for", async () => {
    windows.tcp4 = [{ state: LISTEN, local: OWN, localPort: 1433, pid: 1200 }];
    windows.errors.services = 1722;
    const { sources } = await sampler.sample();
    expect(sources[0]).toMatchObject({ ok: true, reason: "services: error 1722" });
  });

  test("without the list of processes nobody is named, and the report says so", async () => {
    windows.tcp4 = [{ state: LISTEN, local: OWN, localPort: 1433, pid: 1200 }];
    windows.errors.processes = 0xc0000022;
    const { sources, observations } = await sampler.sample();
    expect(observations[0]).not.toHaveProperty("process");
    expect(sources[0]?.blindTo).toContain("processes");
    expect(sources[0]?.reason).toMatch(/1 sockets have no known process/);
  });

  test("a look that comes late says by how much", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    try {
      const gaps = [];
      for (const ms of [0, 40_000, 10_000]) {
        vi.advanceTimersByTime(ms);
        gaps.push((await sampler.sample()).sources[0]?.gapMs);
      }
      expect(gaps).toEqual([0, 25_000, 0]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("a table that cannot be read makes the snapshot incomplete; IPv6 switched off does not", async () => {
    windows.errors.tcp6 = 50;
    expect((await sampler.sample()).isComplete).toBe(true);
    windows.errors.tcp4 = 50;
    expect((await sampler.sample()).isComplete).toBe(false);
    windows.errors.tcp4 = 31;
    const { isComplete, sources } = await sampler.sample();
    expect(isComplete).toBe(false);
    expect(sources[0]).toMatchObject({ ok: false, reason: "TCP over IPv4: error 31" });
  });
});

test("a double's time-wait row, which has no owner, keeps the one that was seen while the connection stood", async () => {
  const table = createFlowTable();
  const socket = { local: OWN, localPort: 50_000, remote: PEER, remotePort: 443, pid: 1200 };
  windows.tcp4 = [{ ...socket, state: ESTABLISHED }];
  table.observe(await sampler.sample());
  windows.tcp4 = [{ ...socket, state: TIME_WAIT, pid: 0 }];
  table.observe(await sampler.sample());
  const { flows, processes } = table.drain();
  expect(flows).toHaveLength(1);
  expect(flows[0]).toMatchObject({ direction: "outbound", serverPort: 443, connections: 1 });
  expect(processes.map(({ name }) => name)).toEqual(["sqlservr.exe"]);
});

test("a double's time-wait row, which Windows keeps for two minutes, is not counted again by the next run within them", async () => {
  windows.tcp4 = [{ state: TIME_WAIT, local: OWN, localPort: 50_000, remote: PEER, remotePort: 443, pid: 0 }];
  const before = createFlowTable();
  before.observe(await sampler.sample());
  const counted = async (secondsAgo: number): Promise<number | undefined> => {
    const after = createFlowTable({ memory: { ...before.memory(), lookedAt: Date.now() - secondsAgo * 1000 } });
    after.observe(await sampler.sample());
    return after.drain().flows[0]?.connections;
  };
  expect([await counted(90), await counted(150)]).toEqual([0, 1]);
});

test("a double's time-wait row of a connection to a listener is its owner's", async () => {
  const table = createFlowTable();
  windows.tcp4 = [
    { state: LISTEN, local: OWN, localPort: 1433, pid: 1200 },
    { state: TIME_WAIT, local: OWN, localPort: 1433, remote: PEER, remotePort: 51_000, pid: 0 },
  ];
  table.observe(await sampler.sample());
  const { flows, processes } = table.drain();
  expect(flows).toEqual([expect.objectContaining({ direction: "inbound", serverPort: 1433, process: 0 })]);
  expect(processes[0]?.name).toBe("sqlservr.exe");
});
