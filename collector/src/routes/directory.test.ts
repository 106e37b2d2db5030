import type { DirectoryItem, PlanDocument } from "@portolan/api";
import type { Directory, Flow, HostFacts, Listener, Process } from "@portolan/protocol";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sampleDirectory, sampleFlow, sampleHost, sampleReport } from "../testing/sample-report.ts";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";

let collector: TestCollector;
beforeEach(async () => {
  collector = await startTestCollector();
});
afterEach(() => collector.close());

const get = async <T>(path: string) =>
  (await collector.call(collector.secrets.viewer, { url: `/api/v1${path}` })).json<{ items: T[] }>().items;

interface Parts {
  host?: Partial<HostFacts>;
  directory?: Directory;
  flows?: Flow[];
  listeners?: Listener[];
  processes?: Process[];
}

/** SYNTHETIC: a host and its one report. */
async function report(name: string, address: string, { host, ...parts }: Parts): Promise<void> {
  const { agentId, secret } = await collector.enrol(name);
  const payload = sampleReport(agentId, { host: { ...sampleHost(name, address), ...host }, ...parts });
  const answer = await collector.call(secret, { method: "POST", url: "/api/v1/reports", payload });
  expect(answer.json()).toMatchObject({ applied: true, rejected: [], unknownKeys: 0 });
}

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

interface Address {
  host: string;
  kind: string;
  target: string;
  suspected: boolean;
  importId?: string;
  flows?: { server: string; port: number; confidence: number; reasons: string[]; connections: number }[];
}

const by = (name: string) => ({ processes: [{ name }] });

/** SYNTHETIC: an engine that calls two others, an application that calls one, and a client of a licence server. */
async function engines(): Promise<void> {
  const [SQL, ORACLE] = ["10.1.0.5", "10.1.0.6"];
  await report("erpdb01", SQL, {
    ...by("sqlservr.exe"),
    host: {
      dependenciesOnAddress: [
        { kind: "linked-server", holder: "ORA", target: "oradb01:1521", source: "ConnectTo" },
        { kind: "licence-service", holder: "MLM_LICENSE_FILE", target: "10.1.0.8:27000", source: "FLEXlm" },
      ],
    },
    flows: [
      sampleFlow("outbound", SQL, ORACLE, 1521),
      sampleFlow("outbound", SQL, "10.1.0.7", 1433),
      sampleFlow("outbound", SQL, "10.1.0.8", 27_000),
      sampleFlow("outbound", SQL, "10.1.0.9", 27_001),
    ],
  });
  await report("oradb01", ORACLE, {
    ...by("tnslsnr"),
    listeners: [{ protocol: "tcp", address: "0.0.0.0", port: 1521, process: 0 }],
  });
  await report("app09", "10.1.0.10", { ...by("java"), flows: [sampleFlow("outbound", "10.1.0.10", SQL, 1433)] });
}

async function importLinks(lines: string[], query = "host=erpdb01") {
  const header = "engine,instance,kind,name,host,port,target_database,product,asked_at";
  return collector.call(collector.secrets.editor, {
    method: "POST",
    url: `/api/v1/imports?format=auto&name=links.csv&${query}`,
    headers: { "content-type": "application/octet-stream" },
    payload: Buffer.from([header, ...lines].join("\n")),
  });
}
const linkLine = (name: string, host: string) =>
  `sqlserver,ERP,linked-server,${name},"${host}",,,MSOLEDBSQL,2026-03-10T12:00:00Z`;
const oracleLine = (name: string) =>
  `oracle,ERP/P,database-link,PUBLIC.${name},${name},,,Oracle Net,2026-03-10T12:00:00Z`;
const shortly = (items: Address[]) =>
  items.map(({ kind, target, suspected, flows = [] }) => [kind, target, suspected, flows.map(({ port }) => port)]);

it("suspects linked servers and licence services from flows, apart from what agents read", async () => {
  await engines();
  const items = await get<Address>("/address-dependencies");
  expect(shortly(items)).toEqual([
    // Flows to a licence server agree with what the agent read; an alias of a client is no linked server.
    ["licence-service", "10.1.0.8:27000", false, [27_000]],
    ["linked-server", "oradb01:1521", false, []],
    ["licence-service", "10.1.0.9:27001", true, [27_001]],
    ["linked-server", "oradb01:1521", true, [1521]],
    ["linked-server", "10.1.0.7:1433", true, [1433]],
  ]);
  expect(new Set(items.map(({ host }) => host))).toEqual(new Set(["erpdb01"]));
  expect(items[3]).toMatchObject({
    holder: "sqlservr.exe",
    source: "flows, tcp",
    current: true,
    firstSeen: "2026-03-10T11:59:00.000Z",
    flows: [
      {
        server: "oradb01",
        serverAddresses: ["10.1.0.6"],
        clientProcesses: ["sqlservr.exe"],
        serverProcesses: ["tnslsnr"],
        connections: 3,
        ends: "client",
        confidence: 0.8,
      },
    ],
  });
  expect(items[4]?.flows?.[0]?.reasons.join()).toMatch(/nobody knows what answers there.*may also be replication/);
  expect(shortly(await get("/address-dependencies?suspected=true&kind=linked-server"))).toHaveLength(2);
  expect(await get("/address-dependencies?suspected=false")).toHaveLength(2);
  expect(await get("/address-dependencies?host=app09")).toEqual([]);
  const again = await get<{ id: string }>("/address-dependencies");
  expect(new Set(again.map(({ id }) => id)).size).toBe(5);
});

it("takes what a database's owner was told: it stands beside the flows that agree, until it is undone", async () => {
  await engines();
  const before = await get<Address>("/address-dependencies?kind=linked-server");
  const lines = [linkLine("ORA", "oradb01"), linkLine("OLD", "gone01,1440")];
  const answer = (await importLinks(lines)).json<{ id: string; items: number; format: string }>();
  expect(answer).toMatchObject({ items: 2, format: "linked-servers", rejected: [], duplicate: false });
  const items = await get<Address>("/address-dependencies?kind=linked-server");
  expect(shortly(items)).toEqual([
    ["linked-server", "oradb01:1521", false, []],
    ["linked-server", "gone01:1440", false, []],
    ["linked-server", "oradb01", false, [1521]],
    ["linked-server", "10.1.0.7:1433", true, [1433]],
  ]);
  expect(items[2]).toMatchObject({
    host: "erpdb01",
    holder: "SQL Server ERP, linked server ORA (MSOLEDBSQL)",
    source: "sys.servers",
    importId: answer.id,
    firstSeen: "2026-03-10T12:00:00.000Z",
    flows: [{ server: "oradb01", connections: 3 }],
  });
  expect((await importLinks(lines)).json()).toMatchObject({ id: answer.id, duplicate: true });
  const csv = await collector.call(collector.secrets.viewer, { url: "/api/v1/exports/directory?format=csv" });
  expect(csv.body).toContain(`linked-server,oradb01,`);
  expect(csv.body).toMatch(
    new RegExp(`sys\\.servers, import ${answer.id}; flows to oradb01:1521 tcp: at least 3 conn`),
  );
  expect(csv.body).toMatch(/linked-server\?,"10\.1\.0\.7:1433; suspected from flows, confidence 0\.25; /);
  const undone = await collector.call(collector.secrets.editor, {
    method: "DELETE",
    url: `/api/v1/imports/${answer.id}`,
  });
  expect(undone.json()).toEqual({ flows: 0, reports: 0, days: 0, hosts: 0, addressDependencies: 2 });
  expect(await get("/address-dependencies?kind=linked-server")).toEqual(before);
});

it("finds the flows behind a name that only the engine's host can look up, where its agent read it", async () => {
  const [erp, crm] = ["10.2.0.1", "10.2.0.2"];
  await report("oraerp", erp, {
    ...by("oracle_17_erp"),
    host: {
      dependenciesOnAddress: [
        { kind: "linked-server", holder: "CRMPRD", target: "oracrm:1521", source: "/etc/tnsnames.ora" },
        { kind: "odbc", holder: "CRMPRD2", target: "oracrm:1521", source: "/etc/odbc.ini" },
      ],
    },
    flows: [sampleFlow("outbound", erp, crm, 1521)],
  });
  await report("oracrm", crm, {});
  await importLinks([oracleLine("crmprd"), oracleLine("other")], "host=oraerp");
  const items = await get<Address>("/address-dependencies?kind=linked-server");
  expect(shortly(items)).toEqual([
    ["linked-server", "oracrm:1521", false, []],
    ["linked-server", "crmprd (name in tnsnames.ora)", false, [1521]],
    ["linked-server", "other (name in tnsnames.ora)", false, []],
  ]);
});

it("refuses linked servers without their host, or with a bad line, whole", async () => {
  await engines();
  const homeless = await importLinks([linkLine("ORA", "oradb01")], "");
  expect(homeless.statusCode).toBe(400);
  expect(homeless.json()).toMatchObject({ code: "invalid_request", issues: [{ path: "host", value: "" }] });
  const bad = await importLinks([linkLine("ORA", "oradb01"), linkLine("ORA", "PWD=S3CRET")]);
  expect(bad.statusCode).toBe(400);
  expect(bad.json()).toMatchObject({ code: "invalid_file", issues: [{ line: 3, column: "host", value: "" }] });
  expect(bad.body).not.toContain("S3CRET");
  expect((await get<Address>("/address-dependencies?kind=linked-server")).filter(({ importId }) => importId)).toEqual(
    [],
  );
  expect(await get("/imports")).toEqual([]);
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
