import { expect, test } from "vitest";
import { inspectTiers } from "./inspect.ts";
import { LISTEN } from "./synthetic-tables.ts";
import { createWin32Double } from "./win32-double.ts";

const HOST = () => {
  const double = createWin32Double();
  double.windows.processes = [{ pid: 1200, name: "sqlservr.exe", createdAt: 60n }];
  double.windows.tcp4 = [{ state: LISTEN, local: [10, 1, 1, 5], localPort: 1433, pid: 1200 }];
  return double;
};

test("each call is tried and timed, and the optional logs are off unless named", async () => {
  const tiers = await inspectTiers({}, [], HOST().win32);
  expect(tiers.map(({ name, isOn }) => `${isOn ? "on" : "off"} ${name}`)).toEqual([
    "on ip-helper",
    "on processes",
    "on executables",
    "on users",
    "on services",
    "off firewall-log",
    "off security-events",
  ]);
  expect(tiers[0]?.reason).toMatch(/^1 TCP and 0 UDP sockets in \d+\.\d ms$/);
});

test("each field that is lost is named with the right that is missing", async () => {
  const { windows, win32 } = HOST();
  windows.denied.add(1200);
  windows.withoutPath.add(1200);
  windows.errors.services = 5;
  const tiers = await inspectTiers({ firewallLog: "/nowhere/pfirewall.log" }, ["firewall-log"], win32);
  const off = tiers.filter(({ isOn }) => !isOn).map(({ name, reason }) => `${name}: ${reason}`);
  expect(off).toEqual([
    expect.stringMatching(/^executables: of 1 of 1 processes .* PROCESS_QUERY_LIMITED_INFORMATION/),
    expect.stringMatching(/^users: of 1 of 1 processes .* TOKEN_QUERY/),
    expect.stringMatching(/^services: of 1 of 1 processes .* SC_MANAGER_ENUMERATE_SERVICE/),
    expect.stringMatching(/^firewall-log: ENOENT/),
    "security-events: not among the eventSources of the configuration",
  ]);
});

test("a Service Control Manager that fails for another reason is told by its code", async () => {
  const { windows, win32 } = HOST();
  windows.errors.services = 1722;
  const services = (await inspectTiers({}, [], win32)).find(({ name }) => name === "services");
  expect(services).toMatchObject({ isOn: false, reason: "services: error 1722" });
});

test("a table that cannot be read is told first", async () => {
  const { windows, win32 } = HOST();
  windows.errors.tcp4 = 5;
  expect((await inspectTiers({}, [], win32))[0]).toMatchObject({ isOn: false, reason: "TCP over IPv4: error 5" });
});
