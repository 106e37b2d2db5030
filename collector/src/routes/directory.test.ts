import type { DirectoryItem } from "@portolan/api";
import { afterEach, beforeEach, expect, it } from "vitest";
import { reportDomain } from "../testing/report-domain.ts";
import { reportHost } from "../testing/report-host.ts";
import { sampleDirectory, sampleFlow } from "../testing/sample-report.ts";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";

let collector: TestCollector;
beforeEach(async () => {
  collector = await startTestCollector();
});
afterEach(() => collector.close());

const get = async <T>(path: string) =>
  (await collector.call(collector.secrets.viewer, { url: `/api/v1${path}` })).json<{ items: T[] }>().items;

it("tells a viewer of every host whether it is joined, to what, by which evidence, and who its controllers are", async () => {
  await reportDomain(collector);
  const items = await get<DirectoryItem>("/directory");
  expect(items.map(({ host, status, reason }) => [host, status, reason])).toEqual([
    ["dc1", "joined", "not-verified"],
    ["m1", "joined", "not-verified"],
    ["app1", "not-joined", "not-verified"],
    ["web1", "not-reported", undefined],
    ["10.1.0.4", "not-reported", undefined],
  ]);
  const [dc1, m1, app1, web1] = items;
  expect(m1).toMatchObject({
    zone: "10.1.0.0/24",
    dnsDomain: "corp.example",
    site: "Hamburg",
    computerAccount: "M1$",
    serviceAccounts: [{ consumer: "nightly.service", account: "CORP\\svc-night", kind: "domain" }],
    evidence: [{ source: "/etc/krb5.keytab", privileged: true, verifiedLive: false }],
    checkedAt: "2026-03-10T11:59:00.000Z",
    controllers: [
      {
        name: "dc1",
        namedBy: ["kdcinfo"],
        processes: ["nginx"],
        services: [
          { protocol: "tcp", port: 88, connections: 3 },
          { protocol: "tcp", port: 389 },
        ],
      },
    ],
  });
  expect(m1).not.toHaveProperty("authenticates");
  expect(dc1?.controller).toMatchObject({
    confidence: 1,
    reasons: [{ by: "role" }, { by: "ports" }, { by: "members" }],
  });
  expect(app1?.authenticates).toEqual({ controllers: ["dc1"], services: ["tcp/636"], processes: ["nginx"] });
  expect(web1).toEqual({
    id: web1?.id,
    host: "web1",
    kind: "managed",
    zone: "10.1.1.0/24",
    status: "not-reported",
    controllers: [],
  });
});

it("shows the peers that nobody knows where the directory has to do with them, and filters like other lists", async () => {
  await reportDomain(collector);
  await reportHost(collector, "m2", "10.1.0.9", {
    directory: sampleDirectory("M2$"),
    flows: [88, 389].flatMap((port) => [sampleFlow("outbound", "10.1.0.9", "10.7.0.1", port)]),
  });
  const unmanaged = (await get<DirectoryItem>("/directory")).filter(({ kind }) => kind === "unmanaged");
  expect(unmanaged).toMatchObject([
    { host: "10.1.0.4", status: "not-reported", authenticates: { services: ["tcp/88"] } },
    { host: "10.7.0.1", controller: { confidence: 0.8 } },
  ]);
  const hosts = async (query: string) => (await get<DirectoryItem>(`/directory?${query}`)).map(({ host }) => host);
  expect(await hosts("host=m1")).toEqual(["m1"]);
  expect(await hosts("zone=10.1.1.0/24")).toEqual(["web1"]);
  expect(await hosts("status=not-joined")).toEqual(["app1"]);
  expect(await hosts("port=88")).toEqual(["dc1", "10.7.0.1"]);
  expect(await hosts("limit=1")).toEqual(["dc1"]);
  expect(await hosts("since=2026-03-12")).toEqual([]);
  const wrong = await collector.call(collector.secrets.viewer, { url: "/api/v1/directory?status=lost" });
  expect(wrong.statusCode).toBe(400);
});

it("lists controllers with their reasons, sites, segments, and what names an address", async () => {
  await reportDomain(collector);
  expect(await get("/directory/controllers")).toMatchObject([
    { name: "dc1", kind: "managed", domain: "corp.example", site: "Hamburg", confidence: 1, members: 1, clients: 3 },
  ]);
  expect(await get("/directory/sites")).toMatchObject([
    { name: "Hamburg", domains: ["corp.example"], hosts: ["dc1", "m1"], controllers: ["dc1"] },
  ]);
  expect(await get("/directory/segments")).toMatchObject([
    { cidr: "10.1.0.0/24", sites: [{ name: "Hamburg", hosts: 2 }], silent: 0 },
    { cidr: "10.1.1.0/24", sites: [], silent: 0 },
  ]);
  const addresses = await get("/address-dependencies?host=m1");
  expect(addresses).toMatchObject([
    { host: "m1", kind: "dns-server", holder: "eth0", target: "10.1.0.1", current: true },
    { host: "m1", kind: "hosts-file" },
  ]);
  expect(await get("/address-dependencies?kind=dns-server")).toEqual(addresses.slice(0, 1));
  expect(await get("/address-dependencies?zone=10.1.1.0/24")).toEqual([]);
  const url = "/api/v1/address-dependencies?limit=1";
  const first = (await collector.call(collector.secrets.viewer, { url })).json<{
    items: object[];
    nextCursor: string;
  }>();
  expect([...first.items, ...(await get(`/address-dependencies?limit=1&cursor=${first.nextCursor}`))]).toEqual(
    addresses,
  );
  const facts = (await collector.call(collector.secrets.viewer, { url: "/api/v1/hosts/h2" })).json<object>();
  expect(facts).not.toHaveProperty("facts.dependenciesOnAddress");
});

it("puts members' traffic to controllers into a bundle: as rules that allow what was seen, or as one that allows the list", async () => {
  await reportDomain(collector);
  type Rule = { id: string; bundle?: string; overPermission: number; services: object[] };
  interface Bundle extends Rule {
    name: string;
    rules: string[];
    ports: { protocol: string; fromPort: number; mark: string; firstSeen?: string }[];
  }
  const [bundle] = await get<Bundle>("/firewall/bundles?scope=all");
  expect(bundle).toMatchObject({
    name: "Active Directory corp.example",
    members: [{ name: "m1", because: "reported" }],
  });
  // The sample's only source is blind to UDP peers, at both ends.
  expect(bundle).toMatchObject({
    blind: [{ protocol: "udp", pairs: 1, of: 1, members: ["m1"], controllers: ["dc1"] }],
  });
  expect(bundle?.ports).toHaveLength(16);
  const observed = bundle?.ports.filter(({ mark }) => mark === "observed");
  expect(observed?.map(({ protocol, fromPort }) => `${protocol}/${fromPort}`)).toEqual(["tcp/88", "tcp/389"]);
  expect(observed?.[0]).toMatchObject({
    connections: 3,
    firstSeen: "2026-03-10T11:59:00.000Z",
    lastSeen: "2026-03-10T11:59:00.000Z",
  });
  expect(bundle?.ports.filter((port) => port.firstSeen !== undefined)).toEqual(observed);
  const exact = await get<Rule>("/firewall/rules?scope=all");
  expect(exact.filter((rule) => rule.bundle).map(({ id }) => id)).toEqual(bundle?.rules);
  expect(exact.every(({ overPermission }) => overPermission === 0)).toBe(true);
  const whole = await get<Rule>("/firewall/rules?scope=all&activeDirectory=bundle");
  expect(whole.filter((rule) => rule.bundle)).toMatchObject([{ overPermission: 15 + 16_384 - 2 }]);
  expect(whole.filter((rule) => !rule.bundle)).toEqual(exact.filter((rule) => !rule.bundle));
  const file = await collector.call(collector.secrets.viewer, {
    url: "/api/v1/exports/firewall?format=json&scope=all&activeDirectory=bundle",
  });
  expect(file.json()).toMatchObject({ activeDirectory: "bundle", bundles: [{ name: bundle?.name }] });
});

it("is for viewers and above alone, and a controller is a shared service", async () => {
  await reportDomain(collector);
  for (const path of [
    "/directory",
    "/directory/controllers",
    "/directory/sites",
    "/directory/segments",
    "/address-dependencies",
  ]) {
    expect((await collector.app.inject(`/api/v1${path}`)).statusCode).toBe(401);
    const { secret } = await collector.enrol(`agent-of-${path}`);
    expect((await collector.call(secret, { url: `/api/v1${path}` })).statusCode).toBe(403);
  }
  expect(await get("/shared-services")).toMatchObject([{ host: "dc1", confidence: 1 }]);
});
