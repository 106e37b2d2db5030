import { afterEach, beforeEach, expect, it } from "vitest";
import { reportHost, type SyntheticReport } from "../testing/report-host.ts";
import { sampleFlow } from "../testing/sample-report.ts";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";

let collector: TestCollector;
beforeEach(async () => {
  collector = await startTestCollector();
});
afterEach(() => collector.close());

const get = async <T>(path: string) =>
  (await collector.call(collector.secrets.viewer, { url: `/api/v1${path}` })).json<{ items: T[] }>().items;
const report = (name: string, address: string, parts: SyntheticReport) => reportHost(collector, name, address, parts);

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

it("lists peers that nobody knows where flows suggest something of them, page by page", async () => {
  await engines();
  const LICENCES = "10.3.0.1";
  await report("lic01", LICENCES, {
    ...by("lmgrd"),
    flows: ["10.9.9.8", "10.9.9.9"].map((client) => sampleFlow("inbound", LICENCES, client, 27_000)),
  });
  const all = await get<Address>("/address-dependencies");
  expect(all.slice(-2)).toMatchObject([
    { host: "10.9.9.8", target: "lic01:27000", suspected: true, flows: [{ confidence: 0.9, ends: "server" }] },
    { host: "10.9.9.9", holder: "a process that is not known" },
  ]);
  const pages: Address[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const url = `/api/v1/address-dependencies?limit=1${cursor && `&cursor=${cursor}`}`;
    const answer = await collector.call(collector.secrets.viewer, { url });
    const page: { items: Address[]; nextCursor: string | null } = answer.json();
    pages.push(...page.items);
    cursor = page.nextCursor;
  }
  expect(pages).toEqual(all);
  expect(await get<Address>("/address-dependencies?host=10.9.9.9")).toEqual(all.slice(-1));
});
