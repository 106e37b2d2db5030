import { expect, test } from "vitest";
import { planWaves } from "./plan.ts";
import { syntheticConfig } from "./testing/synthetic-config.ts";
import type { AddressChange, HeldAddress, HeldRoute, PlanAddresses, PlanConfig } from "./types.ts";

const config = syntheticConfig(1);

/** SYNTHETIC: hosts whose ids are their names in capitals, the largest first. */
const HOSTS = ["app", "db", "web"];
const groups = HOSTS.map((name, index) => ({
  id: name,
  name,
  hosts: [{ id: name.toUpperCase(), name, dataGB: HOSTS.length - index }],
}));
const names = new Map([...HOSTS, "gone"].map((name) => [name.toUpperCase(), name]));

const held = (holder: string, owner: string, more: Partial<HeldAddress> = {}): HeldAddress => ({
  holder,
  owner,
  kind: "hosts-file",
  place: "/etc/hosts:7",
  source: "/etc/hosts",
  address: "10.1.1.30",
  ...more,
});
const change = (host: string, newAddress: string, more: Partial<AddressChange> = {}): AddressChange => ({
  host,
  oldAddress: "10.1.1.30",
  newAddress,
  ...more,
});

function planOf(addresses: Partial<PlanAddresses>, more: Partial<PlanConfig> = {}) {
  return planWaves({
    groups,
    edges: [],
    config: { ...config, ...more },
    addresses: { held: [], routes: [], names, ...addresses },
  });
}
const warningsOf = (...given: Parameters<typeof planOf>) =>
  Object.fromEntries(planOf(...given).waves.map(({ hosts, warnings = [] }) => [hosts.join(" "), warnings]));

test("who moves takes the address of a host along whose counterpart is provided", () => {
  const dns = { kind: "dns-server", place: "eth0", source: "/etc/resolv.conf" } as const;
  const rows = [held("APP", "DB", dns), held("WEB", "DB", dns), held("DB", "DB")];
  const given = { held: rows, changes: [change("DB", "10.50.1.30", { newZone: "cloud" })] };
  const place = "(dns-server eth0, /etc/resolv.conf)";
  const sentence = (fate: string, name: string) => [
    `10.1.1.30 of db ${fate}: 1 setting of 1 host to change, ${name} ${place}`,
  ];
  const fate = "has its counterpart at 10.50.1.30 (cloud)";
  expect(warningsOf(given, { provideFirst: ["db"] })).toEqual({
    app: sentence(fate, "app"),
    web: sentence(fate, "web"),
  });
  expect(planOf(given, { provideFirst: ["db"] }).warnings.join()).not.toContain("count for nothing");
  const unknown = "has a counterpart on the other side, whose address nobody gave";
  expect(warningsOf({ held: rows }, { provideFirst: ["db"] })).toEqual({
    app: sentence(unknown, "app"),
    web: sentence(unknown, "web"),
  });
  const same = { held: rows, changes: [change("DB", "10.1.1.30")] };
  expect(warningsOf(same, { provideFirst: ["db"] })).toEqual({ app: [], web: [] });
  // Nothing is provided for who merely stays.
  expect(warningsOf(given, { stay: ["db"] })).toEqual({ app: [], web: [] });
});

test("who names an address that changes with a wave, where it was read, the old address and the new", () => {
  const rows = [
    held("WEB", "DB", { kind: "odbc", place: "DSN payroll", source: "HKLM\\SOFTWARE\\ODBC" }),
    held("APP", "DB"),
    held("APP", "DB"),
    held("DB", "DB", { place: "/etc/hosts:2" }),
  ];
  const expected = {
    app: [],
    db: [
      "10.1.1.30 of db becomes 10.50.1.30 (cloud-db): 3 settings of 3 hosts to change, app (hosts-file /etc/hosts:7), db itself (hosts-file /etc/hosts:2), web (odbc DSN payroll, HKLM\\SOFTWARE\\ODBC)",
    ],
    web: [],
  };
  const changes = [change("DB", "10.50.1.30", { newZone: "cloud-db" })];
  expect(warningsOf({ changes, held: rows })).toEqual(expected);
  expect(warningsOf({ changes, held: rows.toReversed() })).toEqual(expected);
});

test("addresses come by their hosts and in their own order", () => {
  const rows = [
    held("WEB", "DB", { address: "10.1.1.31" }),
    held("WEB", "DB"),
    held("WEB", "APP", { address: "10.1.1.40" }),
  ];
  const grouped = [{ id: "g", name: "g", hosts: ["WEB", "DB", "APP"].map((id) => ({ id, name: id.toLowerCase() })) }];
  const addresses = { held: rows, routes: [], names };
  const [wave] = planWaves({ groups: grouped, edges: [], config, addresses }).waves;
  expect(wave?.warnings?.map((text) => text.split(" may")[0])).toEqual([
    "10.1.1.40 of app",
    "10.1.1.30 of db",
    "10.1.1.31 of db",
  ]);
});

test("a new address that is not known is said to be unknown; one that stays is not told", () => {
  const rows = [held("APP", "DB")];
  const place = ": 1 setting of 1 host to change, app (hosts-file /etc/hosts:7)";
  expect(warningsOf({ held: rows })["db"]).toEqual([`10.1.1.30 of db may change, and nobody gave its new one${place}`]);
  expect(warningsOf({ held: rows, changes: [change("WEB", "10.50.1.31")] })["db"]).toEqual([
    `10.1.1.30 of db may change, and addresses has no new one for it${place}`,
  ]);
  expect(warningsOf({ held: rows, changes: [change("DB", "10.1.1.30")] })["db"]).toEqual([]);
  expect(warningsOf({ held: rows }, { stay: ["db"] })).toEqual({ app: [], web: [] });
});

test("of many there are as many as can be read, and the number of the others", () => {
  const lines = Array.from({ length: 12 }, (_, index) => held("APP", "DB", { place: `/etc/a.conf:${index + 10}` }));
  const [text = ""] = warningsOf({ held: lines })["db"] ?? [];
  expect(text).toContain("12 settings of 1 host to change");
  expect(text.match(/\/etc\/a\.conf/g)).toHaveLength(10);
  expect(text).toMatch(/ and 2 more$/);
  const many = Array.from({ length: 52 }, (_, index) => held("APP", "DB", { address: `10.1.2.${index}` }));
  const warnings = warningsOf({ held: many })["db"] ?? [];
  expect(warnings).toHaveLength(51);
  expect(warnings.at(-1)).toMatch(/^2 more addresses of this wave/);
});

const route = (gateway: string): HeldRoute => ({ holder: "APP", adapter: "eth0", range: "10.2.0.0/16", gateway });

const said = (...via: string[]) => {
  const list = via.map((gateway) => `app (eth0: 10.2.0.0/16 via ${gateway})`).join(", ");
  const count = via.length === 1 ? "1 static route" : `${via.length} static routes`;
  return `${count} of 1 host over gateways that stay behind, ${list}: see that the other side's network leads there`;
};

test("static routes that a host takes along, once, and none that is told with its gateway's address", () => {
  const routes = [route("10.1.1.1"), route("10.1.1.1"), route("10.1.1.30")];
  const rows = [held("APP", "DB", { kind: "static-route", place: "eth0", source: "/proc/net/route" })];
  expect(warningsOf({ routes, held: rows })["app"]).toEqual([said("10.1.1.1", "10.1.1.30")]);
  const together = warningsOf({ routes, held: rows }, { maxServersPerWave: 2 })["app db"];
  expect(together).toHaveLength(2);
  expect(together?.[0]).toContain("10.1.1.30 of db may change");
  expect(together?.[1]).toBe(said("10.1.1.1"));
  // The gateway moved a wave before: its new address was told then.
  const ofWeb = [{ ...route("10.1.1.30"), holder: "WEB" }];
  const rowsOfWeb = [held("WEB", "DB", { kind: "static-route", place: "eth0", source: "/proc/net/route" })];
  expect(warningsOf({ routes: ofWeb, held: rowsOfWeb })["web"]).toEqual([]);
});

test("hosts without a new address, and those that are in no wave, are named", () => {
  const changes = [change("DB", "10.50.1.30"), change("GONE", "10.50.1.31")];
  expect(planOf({ changes }).warnings).toEqual([
    "addresses: no new address is given for 2 of 3 hosts in waves (app, web)",
    "addresses: 1 host in no wave (gone): new addresses of these count for nothing",
  ]);
  expect(planOf({}).warnings).toEqual([]);
});
