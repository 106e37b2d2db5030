import { expect, test } from "vitest";
import { chart, host, told, uses } from "../testing/synthetic-directory.ts";

const hosts = ["dc1", "m1", "app1", "app2", "old"].map((name, index) => host(name, `10.0.0.${index + 1}`));
const { uses: used, outsiders } = chart({
  hosts,
  directory: [
    told("dc1", { role: "dc" }),
    told("m1"),
    told("app1", { status: "not-joined", role: "standalone" }),
    told("old", { status: "broken", reason: "disabled" }),
  ],
  dependencies: [
    uses("m1", "dc1", 88),
    uses("m1", "dc1", 389, { protocol: "udp" }),
    uses("m1", "dc1", 49_664),
    uses("m1", "dc1", 8080),
    uses("m1", "dc1", 445, { connections: 0, failed: 1, ends: "client" }),
    uses("app1", "dc1", 636, { clientProcesses: ["java (billing.jar)"] }),
    uses("app2", "dc1", 389, { clientProcesses: ["php-fpm"] }),
    // It asks the same controller for names, as nearly everybody does, and another process does that.
    uses("app2", "dc1", 53, { clientProcesses: ["systemd-resolved"] }),
    uses("old", "dc1", 88),
    uses("10.0.9.0/24", "dc1", 53),
    uses("192.0.2.7", "dc1", 389, { direction: "unknown" }),
  ],
});

test("flows on ports of the list, by client and controller", () => {
  expect(
    used.map(({ client, services }) => [client, services.map(({ protocol, port }) => `${protocol}/${port}`)]),
  ).toEqual([
    ["app1", ["tcp/636"]],
    ["app2", ["tcp/53", "tcp/389"]],
    ["m1", ["tcp/88", "tcp/49664", "udp/389"]],
    ["old", ["tcp/88"]],
    ["u:s:10.0.9.0/24", ["tcp/53"]],
  ]);
  expect(used[2]?.services[0]).toEqual({
    protocol: "tcp",
    port: 88,
    connections: 1,
    lowerBound: true,
    firstSeen: 10,
    lastSeen: 20,
    processes: [],
  });
});

test("who authenticates without being joined, and who never said", () => {
  expect(outsiders).toEqual([
    {
      client: "app1",
      membership: "not-joined",
      controllers: ["dc1"],
      services: ["tcp/636"],
      processes: ["java (billing.jar)"],
    },
    {
      client: "app2",
      membership: "not-reported",
      controllers: ["dc1"],
      services: ["tcp/389"],
      processes: ["php-fpm"],
    },
  ]);
});

test("flows of one service add up, and a controller is no client of itself and nobody's outsider", () => {
  const { uses: summed, outsiders: none } = chart({
    hosts,
    directory: [told("dc1", { role: "dc" }), told("app1", { role: "dc", status: "unknown" })],
    dependencies: [
      uses("m1", "dc1", 88, { id: "1", connections: 2, firstSeen: 5, lastSeen: 9, lowerBound: true }),
      uses("m1", "dc1", 88, { id: "2", connections: 3, firstSeen: 7, lastSeen: 30, lowerBound: false }),
      uses("dc1", "dc1", 389),
      uses("app1", "dc1", 389),
    ],
  });
  const seen = { connections: 5, lowerBound: true, firstSeen: 5, lastSeen: 30 };
  expect(summed.map(({ client, services }) => [client, services.map(({ port }) => port)])).toEqual([
    ["app1", [389]],
    ["m1", [88]],
  ]);
  expect(summed[1]?.services).toEqual([{ protocol: "tcp", port: 88, ...seen, processes: [] }]);
  expect(none.map(({ client }) => client)).toEqual(["m1"]);
});
