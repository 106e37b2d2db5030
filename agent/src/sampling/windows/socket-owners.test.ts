import { expect, test } from "vitest";
import type { ConnectionEvent } from "../sampler.ts";
import type { OwnedRow } from "./parse-table.ts";
import { createSocketOwners } from "./socket-owners.ts";
import { createUserNames } from "./user-names.ts";
import { createWin32Double } from "./win32-double.ts";

/** SYNTHETIC: what a log tells of a connection. */
const event = (): ConnectionEvent => ({
  kind: "opened",
  source: "double",
  at: 5000,
  protocol: "tcp",
  localPort: 50_000,
  remoteAddress: "10.1.1.9",
});

/** 100 ns since 1601 of milliseconds since 1970. */
const startedAt = (ms: bigint): bigint => (ms + 11_644_473_600_000n) * 10_000n;

const listener = (): OwnedRow => ({
  observation: {
    protocol: "tcp",
    state: "listening",
    localAddress: "10.1.1.5",
    localPort: 1433,
    remoteAddress: "0.0.0.0",
    remotePort: 0,
    inode: 0,
  },
  pid: 1200,
});

test("the process of an event that is gone is told by the path that the log kept of it", async () => {
  const { win32 } = createWin32Double();
  const owners = createSocketOwners(win32, createUserNames(win32));
  const told = ["\\device\\harddiskvolume3\\r&d\\listener.exe", "System", undefined].map((application) => ({
    event: event(),
    pid: 4556,
    ...(application !== undefined && { application }),
  }));
  await owners.attribute([], told, 6000);
  expect(told.map((one) => one.event.process)).toEqual([
    { name: "listener.exe", executable: "C:\\r&d\\listener.exe" },
    { name: "System" },
    undefined,
  ]);
});

test("a log's time has whole seconds: who began within the second after it may be meant, who began later is another", async () => {
  const { windows, win32 } = createWin32Double();
  const owners = createSocketOwners(win32, createUserNames(win32));
  const told = [1, 2].map((pid) => ({ event: event(), pid }));
  windows.processes = [
    { pid: 1, name: "meant.exe", createdAt: startedAt(6000n) },
    { pid: 2, name: "successor.exe", createdAt: startedAt(6001n) },
  ];
  await owners.attribute([], told, 7000);
  expect(told.map((one) => one.event.process?.name)).toEqual(["meant.exe", undefined]);
});

test("the account of a service whose token may not be opened is asked for once", async () => {
  const { windows, win32 } = createWin32Double();
  windows.processes = [{ pid: 1200, name: "sqlservr.exe", createdAt: 60n }];
  windows.services = [{ name: "MSSQL$B", pid: 1200 }];
  windows.accounts = { MSSQL$B: "CORP\\sql" };
  windows.tokenDenied.add(1200);
  let asked = 0;
  const serviceConfig = (name: string, buffer: Buffer): boolean => {
    asked += 1;
    return win32.serviceConfig(name, buffer);
  };
  const owners = createSocketOwners({ ...win32, serviceConfig }, createUserNames(win32));
  for (const at of [0, 15_000, 30_000]) {
    const rows = [listener()];
    await owners.attribute(rows, [], at);
    expect(rows[0]?.observation.process?.user).toBe("CORP\\sql");
  }
  expect(asked).toBe(1);
});
