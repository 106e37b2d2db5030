import { afterEach, beforeEach, expect, it } from "vitest";
import type { SoftwareItem } from "@portolan/api";
import { sampleHost, sampleReport } from "../testing/sample-report.ts";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";

let collector: TestCollector;
beforeEach(async () => {
  collector = await startTestCollector();
});
afterEach(() => collector.close());

/** SYNTHETIC */
const software = [
  {
    kind: "database" as const,
    name: "Microsoft SQL Server",
    version: "16.0.1000.6",
    edition: "Standard Edition",
    instance: "급여",
    ports: [49_721],
    dynamicPorts: true,
    sources: ["HKLM\\SOFTWARE\\Microsoft\\Microsoft SQL Server\\MSSQL16.PAY"],
  },
  {
    kind: "web-server" as const,
    name: "IIS",
    instance: "Default Web Site",
    ports: [],
    bindings: [{ scheme: "http", port: 80 }],
    sources: ["C:\\Windows\\System32\\inetsrv\\config\\applicationHost.config"],
  },
];

const get = (path: string) => collector.call(collector.secrets.viewer, { url: `/api/v1${path}` });
const names = async (path: string) =>
  (await get(path)).json<{ items: SoftwareItem[] }>().items.map((item) => `${item.host} ${item.instance}`);

it("lists software of all hosts, of one, and by port; a host shows its own with what was not read", async () => {
  const { agentId, secret } = await collector.enrol("db1");
  const unread = [{ fact: "smbiosUuid", reason: "access denied" }];
  const host = { ...sampleHost("db1", "10.1.0.9"), software, unread };
  const answer = await collector.call(secret, {
    method: "POST",
    url: "/api/v1/reports",
    payload: sampleReport(agentId, { host }),
  });
  expect(answer.json()).toMatchObject({ applied: true, rejected: [], unknownKeys: 0 });
  expect(await names("/software")).toEqual(["db1 급여", "db1 Default Web Site"]);
  expect(await names("/software?host=db1&port=49721")).toEqual(["db1 급여"]);
  expect(await names("/software?port=80")).toEqual(["db1 Default Web Site"]);
  expect((await get("/software?host=db2")).statusCode).toBe(400);
  const [item] = (await get("/software?limit=1")).json<{ items: SoftwareItem[] }>().items;
  expect(item).toMatchObject(software[0] ?? {});
  const detail = (await get(`/hosts/${item?.hostId}`)).json<{ facts: object }>();
  expect(detail.facts).toMatchObject({ software, unread });
});
