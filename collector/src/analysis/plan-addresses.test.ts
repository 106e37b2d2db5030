import { describe, expect, test } from "vitest";
import type { StoredAddressDependency } from "../storage/directory.ts";
import type { StoredHost } from "../storage/evidence.ts";
import { planAddresses } from "./plan-addresses.ts";

/** SYNTHETIC hosts and rows. */
const host = (id: string, site: string, addresses: string[], more: Partial<StoredHost> = {}): StoredHost => ({
  id,
  name: id,
  site,
  kind: "managed",
  addresses: [
    ...addresses.map((address) => ({ address, hostLocal: false })),
    { address: "172.17.0.1", prefix: 16, hostLocal: true },
  ],
  ...more,
});
const row = (hostId: string, target: string, more: Partial<StoredAddressDependency> = {}): StoredAddressDependency => ({
  hostId,
  kind: "configuration-file",
  holder: "/etc/app.conf:3",
  target,
  source: "/etc/app.conf",
  current: true,
  firstSeen: 0,
  lastSeen: 0,
  ...more,
});

const hosts = [
  host("app", "seoul", ["10.1.1.1"]),
  host("db", "seoul", ["10.1.1.2", "fd00:1::2"]),
  host("far", "busan", ["10.1.1.2"]),
  host("old", "seoul", ["10.1.1.9"], { retiredAt: 5 }),
];
const names = new Map(hosts.map(({ id, name }) => [id, name]));
const heldOf = (rows: StoredAddressDependency[], ...changes: { host: string; oldAddress: string }[]) =>
  planAddresses(
    { hosts, names },
    rows,
    changes.length === 0 ? undefined : changes.map((one) => ({ ...one, newAddress: "10.9.9.9" })),
  ).held.map(({ holder, address, owner }) => `${holder}: ${address} of ${owner}`);

describe("whose address a setting names", () => {
  test("a host of the holder's site first, in whatever spelling; itself as well", () => {
    expect(heldOf([row("app", "10.1.1.2:1433"), row("far", "10.1.1.2"), row("app", "[FD00:1:0::2]:80")])).toEqual([
      "app: 10.1.1.2 of db",
      "far: 10.1.1.2 of far",
      "app: fd00:1::2 of db",
    ]);
    expect(heldOf([row("app", "10.1.1.1 app 10.1.1.2")])).toEqual(["app: 10.1.1.1 of app", "app: 10.1.1.2 of db"]);
  });

  test("none that nobody has, that stays inside a host, that is no longer named, or that a retired host names", () => {
    const rows = [
      row("app", "10.200.0.1"),
      row("app", "172.17.0.1"),
      row("app", "172.17.0.5"),
      row("app", "127.0.0.1"),
      row("app", "10.1.1.2", { current: false }),
      row("old", "10.1.1.2"),
    ];
    expect(heldOf(rows)).toEqual([]);
  });

  test("an old address that only the user knows is its host's, unless another host of the site has it", () => {
    expect(heldOf([row("app", "10.1.1.50")])).toEqual([]);
    expect(heldOf([row("app", "10.1.1.50")], { host: "db", oldAddress: "10.1.1.50" })).toEqual([
      "app: 10.1.1.50 of db",
    ]);
    expect(heldOf([row("db", "10.1.1.1")], { host: "db", oldAddress: "10.1.1.1" })).toEqual(["db: 10.1.1.1 of db"]);
    expect(heldOf([row("old", "10.1.1.1"), row("far", "10.1.1.1")], { host: "db", oldAddress: "10.1.1.1" })).toEqual(
      [],
    );
  });
});

const route = (target: string, kind: StoredAddressDependency["kind"] = "static-route") =>
  row("app", target, { kind, holder: "eth0" });

test("static routes but the default ones", () => {
  const rows = [
    route("10.2.0.0/16 via 10.1.1.2"),
    route("fd00:2::/64 via FD00:1:0::9"),
    route("0.0.0.0/0 via 10.1.1.2"),
    route("::/0 via fd00:1::9"),
    route("10.3.0.0/16 via 10.1.1.2", "configuration-file"),
  ];
  expect(planAddresses({ hosts, names }, rows, undefined).routes).toEqual([
    { holder: "app", adapter: "eth0", range: "10.2.0.0/16", gateway: "10.1.1.2" },
    { holder: "app", adapter: "eth0", range: "fd00:2::/64", gateway: "fd00:1::9" },
  ]);
});
