import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { FLOWS_OF_HOSTS } from "./imported-flows.ts";
import { migrate } from "./migrate.ts";
import { MIGRATIONS } from "./migrations/index.ts";

test("a host's imported flows are found by its ends, and not looked for among all", () => {
  const db = new Sqlite(":memory:");
  migrate(db, "synthetic.db", MIGRATIONS);
  const plan = db
    .prepare<[{ from: number; to: number; hosts: string }], { detail: string }>(`EXPLAIN QUERY PLAN ${FLOWS_OF_HOSTS}`)
    .all({ from: 0, to: 1, hosts: "[1]" })
    .map(({ detail }) => detail);
  expect(plan.filter((detail) => detail.includes("imported_flow"))).toEqual([
    expect.stringContaining("SEARCH imported_flow USING INDEX imported_flow_by_client"),
    expect.stringContaining("SEARCH imported_flow USING INDEX imported_flow_by_server"),
  ]);
  db.close();
});
