import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { afterEach, describe, expect, test } from "vitest";
import { runsUnderCi } from "../config.ts";
import { missingForEngines, startMariadb, startPostgres, type TestEngine } from "./engines.ts";

const COLLECTOR = fileURLToPath(new URL("../../collector/src/main.ts", import.meta.url));

const missing = missingForEngines();
if (missing.length > 0 && !runsUnderCi)
  process.stderr.write(`\nSKIPPED: queries for linked servers on real engines. Missing: ${missing.join("; ")}.\n\n`);

function query(engine: string): string {
  const { status, stdout } = spawnSync(process.execPath, [COLLECTOR, "linked-servers", "query", "--engine", engine], {
    encoding: "utf8",
  });
  expect(status).toBe(0);
  return stdout;
}

type Row = Record<"kind" | "name" | "host" | "port" | "target_database", string>;
/** Links by kind, name, host, port and database; what the client printed has no password in it. */
function links(printed: string, dialect: { delimiter?: string; quote?: false } = {}): string[][] {
  expect(printed).not.toContain("SECRET");
  const rows = parse(printed, { columns: true, ...dialect }) as Row[];
  expect(rows.filter(({ kind }) => kind === "instance")).toHaveLength(1);
  return rows
    .filter(({ kind }) => kind !== "instance")
    .map(({ kind, name, host, port, target_database }) => [kind, name, host, port, target_database]);
}

/** SYNTHETIC links. Each password holds what would be taken for a host where it isn't cut out whole. */
const POSTGRES_SETUP = String.raw`
SET client_min_messages = error;
CREATE EXTENSION postgres_fdw;
CREATE SERVER payroll FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'pay01', port '5433', dbname 'pay');
CREATE USER MAPPING FOR postgres SERVER payroll OPTIONS (user 'u', password 'SECRET-0');
CREATE SUBSCRIPTION a CONNECTION 'host=db01 port=5444 password=SECRET-1 dbname=x' PUBLICATION p WITH (connect=false);
CREATE SUBSCRIPTION b CONNECTION $$password='SECRET host=SECRET-2 \' port=9' host='db02' dbname=x$$ PUBLICATION p WITH (connect=false);
CREATE SUBSCRIPTION c CONNECTION 'postgresql://u:SECRET-3@db03:5444,db04/x?sslmode=disable' PUBLICATION p WITH (connect=false);
CREATE SUBSCRIPTION d CONNECTION $$sslpassword = 'SECRET host=SECRET-4' hostaddr=10.1.1.1 password = SECRET\ host=SECRET-5$$ PUBLICATION p WITH (connect=false);
CREATE SUBSCRIPTION e CONNECTION 'postgresql://u:SECRET-6@SECRET-7@db05/x' PUBLICATION p WITH (connect=false);
CREATE ROLE reader LOGIN;
`;
const MARIADB_SETUP = `
CREATE SERVER shop FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'shop01', DATABASE 'shop', USER 'u', PASSWORD 'SECRET-f', PORT 3310);
CHANGE MASTER 'm1' TO MASTER_HOST='src01', MASTER_PORT=3307, MASTER_USER='rep', MASTER_PASSWORD='SECRET-m';
`;

describe.skipIf(missing.length > 0 && !runsUnderCi)("queries for linked servers on real engines", () => {
  let engine: TestEngine | undefined;
  afterEach(async () => {
    await engine?.stop();
    engine = undefined;
  });

  test("PostgreSQL tells its owner where links lead, and nobody a password", async () => {
    expect(missing).toEqual([]);
    engine = await startPostgres();
    engine.run(POSTGRES_SETUP);
    const foreign = ["foreign-server", "payroll", "pay01", "5433", "pay"];
    expect(links(engine.run(query("postgresql")))).toEqual([
      foreign,
      ["subscription", "a", "db01", "5444", ""],
      ["subscription", "b", "db02", "", ""],
      ["subscription", "c", "db03:5444,db04", "", ""],
      ["subscription", "d", "10.1.1.1", "", ""],
      // Which part of such an address is the password is not sure.
      ["subscription", "e", "", "", ""],
    ]);
    expect(links(engine.run(query("postgresql"), "reader"))).toEqual([
      foreign,
      ...["a", "b", "c", "d", "e"].map((name) => ["subscription", name, "", "", ""]),
    ]);
  });

  test("MariaDB tells its servers and replication channels, and no password", async () => {
    expect(missing).toEqual([]);
    engine = await startMariadb();
    engine.run(MARIADB_SETUP);
    expect(links(engine.run(query("mysql")), { delimiter: "\t", quote: false })).toEqual([
      ["federated-server", "shop", "shop01", "3310", "shop"],
      ["replication-source", "m1", "src01", "3307", ""],
    ]);
  });
});
