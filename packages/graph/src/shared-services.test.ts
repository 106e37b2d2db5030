import { describe, expect, test } from "vitest";
import { suggestGroups } from "./move-groups.ts";
import { detectSharedServices } from "./shared-services.ts";
import { syntheticDependency } from "./testing/synthetic-dependency.ts";
import type { Dependency, Host } from "./types.ts";

/** SYNTHETIC estates. */
function estate(...names: string[]): Host[] {
  return names.map((name) => ({ id: name, name, site: "s", kind: "managed", addresses: [] }));
}

function uses(clientHost: string | undefined, serverHost: string, serverPort = 8443, connections = 10): Dependency {
  const client = clientHost === undefined ? { clientAddress: "203.0.113.0/24" } : { clientHost };
  return syntheticDependency(serverPort, { ...client, serverHost, connections });
}

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe("detectSharedServices", () => {
  test("A: clients on infrastructure ports, from five on", () => {
    const clients = numbered("app", 5);
    const hosts = estate("dc", ...clients);
    const found = detectSharedServices(
      clients.map((client) => uses(client, "dc", 88)),
      hosts,
    );
    expect(found).toMatchObject([{ hostId: "dc", source: "suggested", confidence: 0.95 }]);
    expect(found[0]?.reasons[0]).toContain("serves 5 of 6 servers on infrastructure ports (88)");
    expect(
      detectSharedServices(
        clients.slice(1).map((client) => uses(client, "dc", 88)),
        hosts,
      ),
    ).toEqual([]);
    expect(
      detectSharedServices(
        clients.map((client) => uses(client, "dc", 8088)),
        hosts,
      ),
    ).toEqual([]);
  });

  test("B: a tenth of the servers, at least twelve, in one direction; clients from outside do not count", () => {
    const apps = numbered("app", 12);
    const hosts = estate("mon", "web", ...apps);
    expect(
      detectSharedServices(
        apps.map((app) => uses("mon", app)),
        hosts,
      ),
    ).toMatchObject([{ hostId: "mon" }]);
    expect(
      detectSharedServices(
        apps.slice(1).map((app) => uses("mon", app)),
        hosts,
      ),
    ).toEqual([]);
    const fromOutside = uses(undefined, "web");
    const outside = numbered("10.0.0.", 50).map((clientAddress) => Object.assign({}, fromOutside, { clientAddress }));
    expect(detectSharedServices(outside, hosts)).toEqual([]);
  });

  test("C: an outlier among what remains, in an estate where a tenth is far more", () => {
    const hosts = estate("queue", ...numbered("app", 400));
    const clients = numbered("app", 14);
    const found = detectSharedServices(
      clients.map((client) => uses(client, "queue")),
      hosts,
    );
    expect(found).toMatchObject([{ hostId: "queue", confidence: 0.8 }]);
    expect(found[0]?.reasons[0]).toContain("14 peers");
  });

  test("D: a host between many groups is a question of low confidence", () => {
    const apps = numbered("app", 11);
    const tiers = apps.flatMap((app) => [`${app}-web`, `${app}-db`]);
    const inside = apps.map((app) => uses(`${app}-web`, `${app}-db`, 5432, 1_000_000));
    const across = apps.map((app) => uses(`${app}-web`, "bus", 8443, 1));
    const found = detectSharedServices([...inside, ...across], estate("bus", ...tiers));
    expect(found).toMatchObject([{ hostId: "bus", confidence: 0.4 }]);
    expect(found[0]?.reasons[0]).toContain("touches 10 groups other than its own, and only 1 of its 11 peers");
  });

  test("stays silent in a small estate", () => {
    const names = numbered("host", 6);
    const all = names.flatMap((client) => names.map((server) => uses(client, server, 5432)));
    expect(detectSharedServices(all, estate(...names))).toEqual([]);
  });
});

describe("suggestGroups", () => {
  const hosts = estate("erp-app01", "erp-db01", "payroll", "payments", "dc01", "idle");
  const dependencies = [
    uses("erp-app01", "erp-db01", 1433, 500),
    uses("payroll", "payments"),
    ...hosts.slice(0, 4).map((host) => uses(host.id, "dc01", 88)),
    uses(undefined, "idle"),
    uses(undefined, "payroll"),
  ];
  const shared = [{ hostId: "dc01", source: "confirmed" as const, confidence: 1, reasons: ["domain controller"] }];

  test("are the components that remain without shared services, each host in exactly one", () => {
    const groups = suggestGroups(dependencies, hosts, shared);
    expect(groups.map(({ name, hosts: members }) => [name, members])).toEqual([
      ["dc01", ["dc01"]],
      ["erp", ["erp-app01", "erp-db01"]],
      ["idle", ["idle"]],
      ["payments", ["payments", "payroll"]],
    ]);
    expect(groups[1]?.reasons).toEqual(["erp-app01 and erp-db01: tcp/1433, 500 connections"]);
    expect(suggestGroups(dependencies.toReversed(), hosts.toReversed(), shared)).toEqual(groups);
  });

  test("are tied by a shared service that is only a question", () => {
    const question = [{ hostId: "dc01", source: "suggested" as const, confidence: 0.4, reasons: ["platform?"] }];
    expect(suggestGroups(dependencies, hosts, question).map(({ hosts: members }) => members.length)).toEqual([5, 1]);
  });

  test("say when chains, not an application, hold them together, and bear different names", () => {
    const chain = numbered("web", 25);
    const [big] = suggestGroups(
      chain.slice(1).map((host, index) => uses(host, chain[index] ?? "")),
      estate(...chain),
      [],
    );
    expect(big).toMatchObject({ name: "web", confidence: 0.3 });
    const pairs = [uses("web1", "web2"), uses("web3", "web4")];
    const groups = suggestGroups(pairs, estate("web1", "web2", "web3", "web4"), []);
    expect(groups.map(({ name }) => name)).toEqual(["web (web1)", "web (web3)"]);
  });
});
