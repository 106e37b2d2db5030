import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { freePort, openWorkplace, type Workplace } from "./local-collector.ts";

/** SYNTHETIC: two engines that call others, an application that calls one, and a client of a licence server. */
const FLOWS = `client,server,protocol,port,first_seen,last_seen,connections,client_process,server_process
erpdb01,pay01,tcp,5433,2026-11-01,2026-11-20,120,postgres,postgres
erpdb01,crmdb01,tcp,1521,2026-11-01,2026-11-20,7,postgres,tnslsnr
app01,erpdb01,tcp,5432,2026-11-01,2026-11-20,900,java,postgres
cad01,lic01,tcp,27000,2026-11-01,2026-11-20,3,matlab,
`;
/** What a real PostgreSQL printed. */
const REAL_OUTPUT = new URL("../../collector/src/linked-servers/fixtures/postgresql-15.csv", import.meta.url);

let work: Workplace;
beforeEach(async () => {
  work = openWorkplace();
  await work.serve(join(work.folder, "data"), await freePort());
  writeFileSync(join(work.folder, "flows.csv"), FLOWS);
  writeFileSync(join(work.folder, "links.csv"), readFileSync(REAL_OUTPUT));
  expect(work.portolan(["import", "flows.csv"])).toMatchObject({ code: 0, err: "" });
});
afterEach(() => work.close());

const table = () => work.portolan(["address-dependencies"]).out;

it("suspects links from flows, prints the query that asks the owner, and takes the answer until it is undone", () => {
  const before = table();
  expect(before).toMatch(/erpdb01 +linked-server\? +postgres +crmdb01:1521 +flows, tcp +yes +suspected .* 0\.8: /);
  expect(before).toMatch(
    /erpdb01 +linked-server\? +postgres +pay01:5433 .* may also be streaming or logical replication/,
  );
  expect(before).toMatch(/cad01 +licence-service\? +matlab +lic01:27000 .*nobody knows what answers there/);
  expect(before).not.toContain("app01");

  const query = work.portolan(["linked-servers", "query", "--engine", "postgresql"]);
  expect(query).toMatchObject({ code: 0, err: "" });
  expect(query.out).toContain("FROM pg_foreign_server");
  expect(work.portolan(["linked-servers", "query", "--engine", "access"])).toMatchObject({ code: 2, out: "" });
  expect(work.portolan(["linked-servers", "query"])).toMatchObject({ code: 2, out: "" });

  const homeless = work.portolan(["import", "links.csv"]);
  expect(homeless).toMatchObject({ code: 1, out: "" });
  expect(homeless.err).toContain("host: expected the name of the host that the engine runs on");
  const taken = work.portolan(["import", "links.csv", "--host", "erpdb01"]);
  expect(taken).toMatchObject({ code: 0, err: "" });
  const [, id = ""] = /^links\.csv: 10 linked server\(s\) as (i-\w+) \(linked-servers\)\n$/.exec(taken.out) ?? [];
  expect(work.portolan(["imports", "list"]).out).toMatch(new RegExp(`${id} +linked-servers +links\\.csv +10 `));

  const after = table();
  expect(after).toMatch(
    new RegExp(`linked-server +PostgreSQL .* payroll .* pay01\\.corp\\.example:5433 +pg_foreign_server, import ${id}`),
  );
  expect(after).toMatch(
    /pay01\.corp\.example:5433 .*flows agree: tcp\/5433 of pay01, ≥ 120 connection\(s\), last 2026-11-2/,
  );
  expect(after).not.toMatch(/linked-server\? +postgres +pay01/);
  expect(after).toMatch(/linked-server\? +postgres +crmdb01:1521/);

  const undone = work.portolan(["imports", "undo", id]);
  expect(undone.out).toContain(", 10 linked server(s)");
  expect(table()).toBe(before);
});

it("refuses a file with a bad line whole, and names it", () => {
  const text = readFileSync(REAL_OUTPUT, "utf8").replace(",5433,pay,", ",far,pay,");
  writeFileSync(join(work.folder, "bad.csv"), text);
  const refused = work.portolan(["import", "bad.csv", "--format", "linked-servers", "--host", "erpdb01"]);
  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.err).toContain('line 3, port: expected a whole number of 1 to 65535, or nothing (got "far")');
  expect(work.portolan(["imports"]).out).not.toContain("linked-servers");
});
