import type { DirectoryItem, PlanDocument } from "@portolan/api";
import { afterEach, beforeEach, expect, it } from "vitest";
import { reportHost, type SyntheticReport } from "../testing/report-host.ts";
import { sampleDirectory, sampleFlow } from "../testing/sample-report.ts";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";

let collector: TestCollector;
beforeEach(async () => {
  collector = await startTestCollector();
});
afterEach(() => collector.close());

const get = async <T>(path: string) =>
  (await collector.call(collector.secrets.viewer, { url: `/api/v1${path}` })).json<{ items: T[] }>().items;

const report = (name: string, address: string, parts: SyntheticReport) => reportHost(collector, name, address, parts);

/** SYNTHETIC: a controller, a member that uses it, an application that is not joined, and a host that never says. */
async function estate(): Promise<void> {
  const DC = "10.1.0.1";
  await report("dc1", DC, {
    directory: sampleDirectory("DC1$", { role: "dc", site: "Hamburg" }),
    listeners: [{ protocol: "tcp", address: "0.0.0.0", port: 88 }],
    flows: [sampleFlow("inbound", DC, "10.1.0.4", 88)],
  });
  await report("m1", "10.1.0.2", {
    host: {
      dependenciesOnAddress: [
        { kind: "dns-server", holder: "eth0", target: DC, source: "/etc/resolv.conf" },
        { kind: "hosts-file", holder: "/etc/hosts:3", target: "10.9.9.9 old", source: "/etc/hosts" },
      ],
    },
    directory: sampleDirectory("M1$", {
      site: "Hamburg",
      domainControllers: [{ name: "dc1.corp.example", source: "kdcinfo" }],
      serviceAccounts: [{ consumer: "nightly.service", account: "CORP\\svc-night", kind: "domain" }],
    }),
    flows: [88, 389, 8080].map((port) => sampleFlow("outbound", "10.1.0.2", DC, port)),
  });
  await report("app1", "10.1.0.3", {
    directory: sampleDirectory("APP1$", { status: "not-joined", role: "standalone" }),
    flows: [sampleFlow("outbound", "10.1.0.3", DC, 636)],
  });
  await report("web1", "10.1.1.4", {});
}

it("tells a viewer of every host whether it is joined, to what, by which evidence, and who its controllers are", async () => {
  await estate();
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
  await estate();
  await report("m2", "10.1.0.9", {
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
  await estate();
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
  await estate();
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

it("a plan says of each wave whose controllers and resolvers stay behind", async () => {
  await estate();
  const answer = await collector.call(collector.secrets.editor, {
    method: "POST",
    url: "/api/v1/plans",
    payload: { stay: ["dc1"] },
  });
  const [wave] = answer.json<PlanDocument>().waves;
  const text = wave?.warnings?.join("\n") ?? "";
  expect(wave?.hosts).toEqual(["app1", "m1", "web1"]);
  expect(text).toContain(
    "2 hosts (app1, m1), 1 of them not known as joined, would leave their domain controllers behind",
  );
  expect(text).toContain("promote a replica of corp.example");
  // Of its resolv.conf alone: nobody was seen to ask.
  expect(text).toContain("1 host (m1) would leave their DNS resolvers behind (dc1)");
});

const planWith = (payload: object) =>
  collector.call(collector.secrets.editor, { method: "POST", url: "/api/v1/plans", payload });
const base64 = (text: string) => Buffer.from(text).toString("base64");

it("a plan says who names an address that changes with a wave, and which new subnets no AD site covers", async () => {
  await estate();
  await report("web2", "10.1.1.5", {
    host: {
      dependenciesOnAddress: [
        { kind: "configuration-file", holder: "/etc/app.conf:12", target: "10.1.0.2", source: "/etc/app.conf" },
        { kind: "odbc", holder: "old", target: "10.9.0.2:1433", source: "/etc/odbc.ini" },
        { kind: "odbc", holder: "nobody", target: "10.200.0.2:1433", source: "/etc/odbc.ini" },
      ],
    },
  });
  const addresses = "host,old_address,new_address,new_zone\nM1,10.1.0.2,10.50.0.2,cloud-app\nm1,10.9.0.2,10.50.0.9,\n";
  const payload = { stay: ["dc1"], addresses: "addresses.csv", files: { "addresses.csv": base64(addresses) } };
  const plan = (await planWith(payload)).json<PlanDocument>();
  const text = plan.waves[0]?.warnings?.join("\n") ?? "";
  expect(plan.waves).toHaveLength(1);
  expect(text).toContain("no AD site that members report covers 10.50.0.0/24 with 1 host");
  expect(text).toContain(
    "10.1.0.2 of m1 becomes 10.50.0.2 (cloud-app): 1 setting of 1 host to change, web2 (configuration-file /etc/app.conf:12)",
  );
  // Only the user knows that m1 has it.
  expect(text).toContain(
    "10.9.0.2 of m1 becomes 10.50.0.9: 1 setting of 1 host to change, web2 (odbc old, /etc/odbc.ini)",
  );
  expect(text).not.toContain("10.200.0.2");
  // dc1 stays, and so does its address; that m1 leaves it as its resolver is said once.
  expect(text.match(/dns-server/g)).toBeNull();
  expect(text.match(/would leave their DNS resolvers/g)).toHaveLength(1);
  expect(plan.warnings).toEqual(
    expect.arrayContaining([
      "addresses.csv: 1 old address is not known to be the host's: line 3, 10.9.0.2 of m1, of which 10.1.0.2 is known",
      "addresses: no new address is given for 3 of 4 hosts in waves (app1, web1, web2)",
    ]),
  );
  expect(plan.warnings.join("\n")).not.toContain("not honoured");
  const [both] = (await planWith({})).json<PlanDocument>().waves;
  expect(both?.servers).toBe(5);
  expect(both?.data?.filter(({ reason }) => reason !== undefined)).toEqual([
    { host: "dc1", dataGB: 0, reason: "a domain controller is promoted anew: none of its disks is copied" },
  ]);
  const without = (await planWith({ stay: ["m1"] })).json<PlanDocument>().waves[0]?.warnings?.join("\n");
  expect(without).toContain(
    "10.1.0.1 of dc1 may change, and nobody gave its new one: 1 setting of 1 host to change, m1 (dns-server eth0, /etc/resolv.conf)",
  );
  expect(without).not.toContain("10.1.0.2 of m1");
});

it("refuses addresses that can't be meant, with file, line, column, value and what was expected", async () => {
  await estate();
  await collector.enrol("m1", "busan");
  const issuesOf = async (lines: string) => {
    const files = { "a.csv": base64(`host,old_address,new_address,new_zone\n${lines}\n`) };
    const answer = await planWith({ addresses: "a.csv", files });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      code: "invalid_file",
      detail: "a.csv has lines that are not as expected; no plan was made",
    });
    return answer.json<{ issues: object[] }>().issues;
  };
  expect(await issuesOf("app1,10.1.0.3,10.50.0.300,\nlost,10.1.0.9,10.50.0.9,")).toEqual([
    { line: 2, column: "new_address", value: "10.50.0.300", reason: "expected an IPv4 or IPv6 address" },
  ]);
  expect(await issuesOf("app1,10.1.0.3,10.50.0.3,\nm1,10.1.0.2,10.50.0.2,\nlost,10.1.0.9,10.50.0.9,")).toEqual([
    { line: 3, column: "host", value: "m1", reason: "expected the name of a managed or imported host" },
    { line: 4, column: "host", value: "lost", reason: "expected the name of a managed or imported host" },
  ]);
  expect(await issuesOf("m1@default,10.1.0.2,10.50.0.2,\nm1@busan,10.1.0.2,10.50.0.2,")).toEqual([
    expect.objectContaining({
      line: 3,
      column: "new_address",
      reason: expect.stringMatching(/^line 2 gives it to a host of another site, default/),
    }),
  ]);
  for (const [payload, path] of [
    [{ addresses: "a.csv" }, "addresses"],
    [{ addresses: "constructor" }, "addresses"],
    [{ files: { "a.csv": "" } }, "files.a.csv"],
  ] as const) {
    const answer = await planWith(payload);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: "invalid_plan", issues: [{ path }] });
  }
  expect((await planWith({ addresses: "a.csv", files: { "a.csv": "no base64" } })).json()).toMatchObject({
    code: "invalid_request",
  });
});

it("is for viewers and above alone, and a controller is a shared service", async () => {
  await estate();
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
