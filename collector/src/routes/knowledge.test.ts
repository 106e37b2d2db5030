import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sampleFlow, sampleHost, sampleReport } from "../testing/sample-report.ts";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";

let collector: TestCollector;
beforeEach(async () => {
  collector = await startTestCollector();
});
afterEach(() => collector.close());

const editor = (options: Parameters<TestCollector["call"]>[1]) => collector.call(collector.secrets.editor, options);
const put = (payload: string, headers: Record<string, string>) =>
  editor({ method: "PUT", url: "/api/v1/zones", payload, headers: { "content-type": "text/csv", ...headers } });
const importFile = (format: string, payload: string, name = "file") =>
  editor({
    method: "POST",
    url: `/api/v1/imports?format=${format}&name=${name}`,
    payload: Buffer.from(payload),
    headers: { "content-type": "application/octet-stream" },
  });
const importAt = (site: string, format: string, payload: string) => importFile(`${format}&site=${site}`, payload);
const get = async <T>(url: string) => (await editor({ url: `/api/v1${url}` })).json<T>();

const ZONES = "zone,cidr,site,kind,description\nweb,10.1.0.0/24,,,\ndb,10.2.0.0/24,,servers,the databases\n";
const FLOWS =
  "client,server,protocol,port,first_seen,last_seen,connections,client_process,server_process\n" +
  "10.1.0.5,10.2.0.9,tcp,5432,2026-03-01T00:00:00Z,2026-03-02T00:00:00Z,7,app,postgres\n" +
  "batch1,10.2.0.9,TCP,5432,2026-03-01T00:00:00Z,2026-03-02T00:00:00Z,1,,\n";

describe("zones", () => {
  it("are replaced whole by a file, guarded by the version that was read", async () => {
    const first = await put(ZONES, { "if-match": '"0"' });
    expect(first.json<{ items: unknown[] }>().items).toHaveLength(2);
    expect((await put(ZONES, {})).json()).toMatchObject({ status: 428, code: "version_required" });
    expect((await put(ZONES, { "if-match": '"0"' })).json()).toMatchObject({ status: 412, code: "version_conflict" });
    expect((await put(ZONES, { "if-match": String(first.headers.etag) })).statusCode).toBe(200);
    expect((await put(ZONES, { "if-match": "*" })).statusCode).toBe(200);
    expect((await put(ZONES, { "if-match": "seven" })).statusCode).toBe(400);
  });

  it("come as JSON too, checked by the same rules", async () => {
    const payload = JSON.stringify({
      items: [
        { name: "web", cidr: "10.1.0.0/24" },
        { name: "dmz", cidr: "10.1.0.0/24" },
      ],
    });
    const answer = await put(payload, { "content-type": "application/json", "if-match": "*" });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ issues: [{ path: "items[1].cidr", value: "10.1.0.0/24" }] });
  });

  it("are kept in one spelling, so that an IPv4 range written as IPv6 stops no analysis", async () => {
    const items = [{ name: "web", cidr: "::ffff:10.1.0.0/120" }];
    const answer = await put(JSON.stringify({ items }), { "content-type": "application/json", "if-match": "*" });
    expect(answer.json()).toMatchObject({ items: [{ cidr: "10.1.0.0/24" }] });
    expect((await editor({ url: "/api/v1/hosts" })).statusCode).toBe(200);
  });

  it("stay as they were when a line of the file is bad, and every bad line is named", async () => {
    await put(ZONES, { "if-match": "*" });
    const answer = await put(`${ZONES}x,10.3.0.300/24,,,\ny,10.4.0.0/24,,moon,\n`, { "if-match": "*" });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      code: "invalid_file",
      issues: [
        { line: 4, column: "cidr", value: "10.3.0.300/24" },
        { line: 5, column: "kind", value: "moon" },
      ],
    });
    expect((await get<{ items: unknown[] }>("/zones")).items).toHaveLength(2);
  });
});

describe("imports", () => {
  it("count the same file once, and name hosts that only the file knows", async () => {
    expect((await importFile("flows-csv", FLOWS)).json()).toMatchObject({ duplicate: false, items: 2, rejected: [] });
    expect((await importFile("auto", FLOWS)).json()).toMatchObject({ duplicate: true });
    const { items } = await get<{ items: { connections: number }[] }>("/dependencies");
    expect(items.map((item) => item.connections).sort()).toEqual([1, 7]);
    const hosts = await get<{ items: { name: string; kind: string }[] }>("/hosts");
    expect(hosts.items).toContainEqual(expect.objectContaining({ name: "batch1", kind: "imported" }));
    expect((await get<{ items: unknown[] }>("/imports")).items).toHaveLength(1);
  });

  it("take nothing of a file with a bad line", async () => {
    const answer = await importFile("flows-csv", `${FLOWS}10.1.0.5,10.2.0.9,icmp,0,,,,,\n`);
    expect(answer.statusCode).toBe(400);
    expect(
      answer
        .json<{ issues: { line: number; column: string }[] }>()
        .issues.map((issue) => `${issue.line} ${issue.column}`),
    ).toContain("4 protocol");
    expect((await get<{ items: unknown[] }>("/dependencies")).items).toEqual([]);
    expect((await get<{ items: unknown[] }>("/imports")).items).toEqual([]);
  });

  it("show who lacks an agent", async () => {
    await importFile("hosts-csv", "host,address,site,environment,notes\nerp-db01,10.2.0.9,,prod,\n");
    const coverage = await get<{ hostsWithoutAgent: string[] }>("/coverage");
    expect(coverage.hostsWithoutAgent).toEqual(["erp-db01"]);
    await importFile("flows-csv", FLOWS);
    const { items } = await get<{ items: { serverHost: string }[] }>("/dependencies?host=erp-db01");
    expect(items.map((item) => item.serverHost)).toEqual(["erp-db01", "erp-db01"]);
  });

  it("take a report for the host that is named, and a name for nothing else", async () => {
    const report = JSON.stringify(sampleReport("capture-1", { host: sampleHost("localhost", "10.7.0.1") }));
    expect((await importFile("report&host=app7", report)).statusCode).toBe(200);
    const known = await get<{ items: { name: string }[] }>("/hosts");
    expect(known.items.map((host) => host.name)).toEqual(["app7"]);
    expect((await importFile("flows-csv&host=app7", FLOWS)).json()).toMatchObject({
      issues: [{ path: "host", value: "app7" }],
    });
  });

  it("are refused when nobody can tell the format", async () => {
    expect((await importFile("auto", "hello")).json()).toMatchObject({ code: "invalid_file" });
  });
});

describe("two sites with the same addresses", () => {
  const header = "client,server,protocol,port,first_seen,last_seen\n";
  const day = "2026-03-01,2026-03-02";
  it("keep their unmanaged hosts apart", async () => {
    for (const site of ["seoul", "busan"])
      await importAt(site, "flows-csv", `${header}10.1.0.5,10.2.0.9,tcp,443,${day}\n`);
    expect(await count("")).toBe(2);
    expect(await count("host=u:seoul:10.2.0.9")).toBe(1);
  });

  it("have zones of one name apart, and filter by the name that is shown", async () => {
    await importAt("seoul", "flows-csv", `${header}10.1.0.5,10.2.0.9,tcp,443,${day}\n`);
    await put("zone,cidr,site\nweb,10.1.0.0/24,seoul\nweb,10.1.0.0/24,busan\n", { "if-match": "*" });
    expect([await count("zone=web@seoul"), await count("zone=web@busan")]).toEqual([1, 0]);
    expect((await editor({ url: "/api/v1/dependencies?zone=web" })).statusCode).toBe(400);
  });

  it("have each end of a dependency in the zone of its own site", async () => {
    await importAt("busan", "hosts-csv", "host,address\ndb1,10.7.0.9\n");
    await importAt("seoul", "flows-csv", `${header}10.1.0.5,10.7.0.9,tcp,443,${day}\n`);
    await put("zone,cidr,site\nweb,10.1.0.0/24,seoul\ndb,10.7.0.0/24,busan\n", { "if-match": "*" });
    expect([await count("zone=web"), await count("zone=db")]).toEqual([1, 1]);
  });
});

it("puts off no analysis after zones or an import changed", async () => {
  const forget = vi.spyOn(collector.app.context.analyses, "forget");
  await put(ZONES, { "if-match": "*" });
  expect(forget).toHaveBeenCalledTimes(1);
  await importFile("flows-csv", FLOWS);
  expect(forget).toHaveBeenCalledTimes(2);
});

const hosts = async (query: string) => (await get<{ items: unknown[] }>(`/hosts?kind=managed&${query}`)).items.length;
const count = async (query: string) => (await get<{ items: unknown[] }>(`/dependencies?${query}`)).items.length;

describe("from evidence to documents", () => {
  beforeEach(async () => {
    for (const [hostname, address, flows] of [
      ["web1", "10.1.0.5", [sampleFlow("outbound", "10.1.0.5", "10.2.0.9", 5432)]],
      [
        "db1",
        "10.2.0.9",
        [sampleFlow("inbound", "10.2.0.9", "10.1.0.5", 5432), sampleFlow("outbound", "10.2.0.9", "10.9.0.1", 53)],
      ],
    ] as const) {
      const { agentId, secret } = await collector.enrol(hostname);
      const report = sampleReport(agentId, { host: sampleHost(hostname, address), listeners: [], flows: [...flows] });
      const answer = await collector.call(secret, {
        method: "POST",
        url: "/api/v1/reports",
        payload: JSON.stringify(report),
        headers: { "content-type": "application/json" },
      });
      expect(answer.statusCode).toBe(200);
    }
    await put(ZONES, { "if-match": "*" });
  });

  it("gives one dependency for both ends, a rule between zones, and says what it left out", async () => {
    const { items } = await get<{ items: Record<string, unknown>[] }>("/dependencies?port=5432");
    expect(items).toMatchObject([{ clientHost: "web1", serverHost: "db1", ends: "both", connections: 3, days: 1 }]);
    const rules = await get<{ items: Record<string, unknown>[] }>("/firewall/rules");
    expect(rules.items).toMatchObject([
      {
        sourceZone: "web",
        destinationZone: "db",
        sources: [{ name: "web1", addresses: ["10.1.0.5/32"] }],
        destinations: [{ name: "db1", addresses: ["10.2.0.9/32"] }],
        services: [{ protocol: "tcp", fromPort: 5432, toPort: 5432 }],
        overPermission: 0,
      },
    ]);
    expect(await get("/firewall/matrix")).toMatchObject({ zonesAreSegments: false, unzoned: 1 });
    expect(await get("/graph?level=zone")).toMatchObject({
      edges: expect.arrayContaining([expect.objectContaining({ source: "web", target: "db" })]),
    });
    expect(await get("/segments")).toMatchObject({
      items: [
        { cidr: "10.1.0.0/24", hosts: 1 },
        { cidr: "10.2.0.0/24", hosts: 1 },
      ],
    });
  });

  it("writes every export", async () => {
    for (const [path, type] of [
      ["firewall?format=xlsx", "spreadsheetml"],
      ["firewall?format=csv", "text/csv"],
      ["firewall?format=json", "application/json"],
      ["dependencies?format=json", "application/json"],
      ["dependencies?format=csv", "text/csv"],
      ["dependencies?format=csv&level=zone", "text/csv"],
      ["dependencies?format=json&level=host", "application/json"],
    ] as const) {
      const answer = await editor({ url: `/api/v1/exports/${path}` });
      expect([path, answer.statusCode]).toEqual([path, 200]);
      expect(answer.headers["content-type"]).toContain(type);
      expect(answer.rawPayload.length).toBeGreaterThan(50);
    }
    expect((await editor({ url: "/api/v1/exports/firewall?format=terraform" })).statusCode).toBe(400);
  });

  it("plans waves, names what a plan gets wrong, and keeps the plan", async () => {
    const made = await editor({ method: "POST", url: "/api/v1/plans", payload: { maxServersPerWave: 1, people: 2 } });
    expect(made.statusCode).toBe(201);
    const plan = made.json<{ id: string; waves: { hosts: string[] }[]; warnings: string[] }>();
    expect(plan.waves.flatMap((wave) => wave.hosts).sort()).toEqual(["db1", "web1"]);
    expect(plan.warnings.join("\n")).toContain("people");
    expect(await get(`/plans/${plan.id}`)).toEqual(plan);
    expect(await get(`/exports/plan?format=json&id=${plan.id}`)).toEqual(plan);
    const bad = await editor({ method: "POST", url: "/api/v1/plans", payload: { together: [["web1", "nobody"]] } });
    expect(bad.statusCode).toBe(400);
    expect(JSON.stringify(bad.json())).toContain("nobody");
    for (const timezone of ["Asia/Kolkata", "Europe/Kyiv", "Etc/UTC"])
      expect((await editor({ method: "POST", url: "/api/v1/plans", payload: { timezone } })).statusCode).toBe(201);
    for (const timezone of ["Asia/Soul", "+09:00", ""])
      expect((await editor({ method: "POST", url: "/api/v1/plans", payload: { timezone } })).statusCode).toBe(400);
    const wrongKey = await editor({ method: "POST", url: "/api/v1/plans", payload: { maxServers: 1 } });
    expect(JSON.stringify(wrongKey.json())).toContain("maxServers");
  });

  it("pages through a list without repeating or skipping", async () => {
    const all = await get<{ items: { id: string }[] }>("/hosts");
    const seen: string[] = [];
    let cursor = "";
    do {
      const page = await get<{ items: { id: string }[]; nextCursor: string | null }>(`/hosts?limit=1${cursor}`);
      seen.push(...page.items.map((item) => item.id));
      cursor = page.nextCursor === null ? "" : `&cursor=${encodeURIComponent(page.nextCursor)}`;
    } while (cursor !== "");
    expect(seen).toEqual(all.items.map((item) => item.id));
    expect((await editor({ url: "/api/v1/hosts?cursor=nothing" })).json()).toMatchObject({ code: "invalid_cursor" });
  });

  it.each(["host=nobody", "zone=nowhere", "port=http", "since=yesterday", "until=2026-13-01", "hots=web1"])(
    "refuses the filter %s instead of answering with nothing",
    async (query) => {
      const answer = await editor({ url: `/api/v1/dependencies?${query}` });
      expect(answer.statusCode).toBe(400);
      const [key, value] = query.split("=");
      expect(JSON.stringify(answer.json())).toContain(key === "hots" ? "hots" : (value ?? ""));
    },
  );

  it("means the days of the only site there is", async () => {
    // Reported at 20:59 on the 10th in Seoul, where it is now the 11th; in UTC it is still the 10th.
    collector.clock.now = Date.parse("2026-03-10T15:30:00Z");
    expect(await hosts("since=0d")).toBe(0);
    expect(await hosts("since=1d")).toBe(2);
  });

  it("limits lists to a period of whole days", async () => {
    expect(await count("since=2026-03-10&until=2026-03-10")).toBe(2);
    expect(await count("since=2026-03-11")).toBe(0);
    expect(await count("since=7d")).toBe(2);
  });
});
