import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";

let collector: TestCollector;
beforeAll(async () => {
  collector = await startTestCollector();
  await importFile(
    "hosts.csv",
    "hosts-csv",
    "host,address,site\napp01,10.0.0.1,\napp01-old,10.0.0.2,\nfar01,10.0.0.1,busan\n",
  );
});
afterAll(() => collector.close());

type Method = "GET" | "POST" | "DELETE";
const call = (method: Method, path: string, payload?: object, secret = collector.secrets.editor) =>
  collector.call(secret, { method, url: `/api/v1${path}`, ...(payload && { payload }) });

async function importFile(name: string, format: string, text: string): Promise<string> {
  const answer = await collector.call(collector.secrets.editor, {
    method: "POST",
    url: `/api/v1/imports?format=${format}&name=${name}`,
    headers: { "content-type": "application/octet-stream" },
    payload: Buffer.from(text),
  });
  return answer.json<{ id: string }>().id;
}

interface Listed {
  id: string;
  name: string;
  retiredAt?: string;
  mergedFrom?: object[];
}
async function hosts(): Promise<Record<string, Listed>> {
  const { items } = (await call("GET", "/hosts")).json<{ items: Listed[] }>();
  return Object.fromEntries(items.map((host) => [host.name, host]));
}
const idOf = async (name: string) => (await hosts())[name]?.id ?? "";

test("a retired host is marked and no longer lacks an agent; the change can be taken back", async () => {
  const id = await idOf("app01-old");
  const lacking = async () =>
    (await call("GET", "/coverage")).json<{ hostsWithoutAgent: string[] }>().hostsWithoutAgent;
  expect(await lacking()).toContain("app01-old");
  expect((await call("POST", `/hosts/${id}/retirement`)).statusCode).toBe(204);
  expect((await hosts())["app01-old"]?.retiredAt).toBe("2026-03-10T12:00:00.000Z");
  expect(await lacking()).not.toContain("app01-old");
  expect((await call("DELETE", `/hosts/${id}/retirement`)).statusCode).toBe(204);
  expect(await lacking()).toContain("app01-old");
});

test("two hosts become one and two again, and the audit log says by whom", async () => {
  const [old, young] = [await idOf("app01-old"), await idOf("app01")];
  expect((await call("POST", `/hosts/${old}/merge`, { into: young })).statusCode).toBe(204);
  expect((await hosts())["app01"]).toMatchObject({ mergedFrom: [{ id: old, name: "app01-old" }] });
  expect(await hosts()).not.toHaveProperty("app01-old");
  expect((await call("DELETE", `/hosts/${old}/merge`)).statusCode).toBe(204);
  expect(await hosts()).toHaveProperty("app01-old");
  const audit = (await call("GET", "/audit", undefined, collector.secrets.admin)).json<{ items: object[] }>().items;
  expect(audit.slice(0, 2)).toMatchObject([
    { actor: "token:test-editor", action: "host.split", subject: old },
    { actor: "token:test-editor", action: "host.merge", subject: `${old} into ${young}` },
  ]);
});

test("what can't be corrected is named", async () => {
  const id = await idOf("app01");
  const into = await idOf("far01");
  const elsewhere = await call("POST", `/hosts/${id}/merge`, { into });
  expect(elsewhere.json()).toMatchObject({ code: "invalid_request", issues: [{ path: "into", value: into }] });
  expect((await call("POST", `/hosts/${id}/merge`, { into: id })).statusCode).toBe(400);
  expect((await call("POST", `/hosts/${id}/merge`, { into: "h99" })).json()).toMatchObject({
    status: 404,
    detail: expect.stringContaining("h99"),
  });
  for (const [method, path] of [
    ["POST", "/hosts/h99/retirement"],
    ["DELETE", "/hosts/h99/retirement"],
    ["DELETE", `/hosts/${id}/merge`],
    ["DELETE", "/imports/none"],
  ] as const)
    expect([path, (await call(method, path)).statusCode]).toEqual([path, 404]);
});

test("an import is undone by its id", async () => {
  const row = "app09,db09,tcp,1433,2026-03-09T01:00:00Z,2026-03-09T02:00:00Z,5,,";
  const header = "client,server,protocol,port,first_seen,last_seen,connections,client_process,server_process";
  const id = await importFile("flows.csv", "flows-csv", `${header}\n${row}\n`);
  expect(await hosts()).toHaveProperty("app09");
  expect((await call("DELETE", `/imports/${id}`)).json()).toEqual({ flows: 1, reports: 0, days: 0, hosts: 2 });
  expect(await hosts()).not.toHaveProperty("app09");
});

test("a viewer corrects nothing", async () => {
  for (const [method, path] of [
    ["POST", "/hosts/h1/retirement"],
    ["DELETE", "/hosts/h1/retirement"],
    ["POST", "/hosts/h1/merge"],
    ["DELETE", "/hosts/h1/merge"],
    ["DELETE", "/imports/i1"],
  ] as const)
    expect([path, (await call(method, path, undefined, collector.secrets.viewer)).statusCode]).toEqual([path, 403]);
});
