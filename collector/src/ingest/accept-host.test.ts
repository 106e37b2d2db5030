import { expect, test } from "vitest";
import { sampleHost } from "../testing/sample-report.ts";
import { acceptHost } from "./accept-host.ts";
import type { Findings } from "./check-items.ts";

const engine = { kind: "database", name: "PostgreSQL", ports: [5432], sources: ["dpkg"] };

test("a bad piece of software costs only itself", () => {
  const findings: Findings = { rejected: [], unknownKeys: 0 };
  const software = [engine, { ...engine, ports: [70_000] }, { ...engine, instance: "데이터", colour: "blue" }];
  const host = acceptHost({ ...sampleHost("db1", "10.1.0.9"), software }, findings);
  expect(host?.hostname).toBe("db1");
  expect(host?.software).toEqual([engine, { ...engine, instance: "데이터" }]);
  expect(findings.rejected.map(({ path }) => path)).toEqual(["host.software[1].ports[0]"]);
  expect(findings.unknownKeys).toBe(1);
});

test("that nobody looked is not that there is none", () => {
  const findings: Findings = { rejected: [], unknownKeys: 0 };
  expect(acceptHost(sampleHost("db1", "10.1.0.9"), findings)).not.toHaveProperty("software");
  expect(acceptHost({ ...sampleHost("db1", "10.1.0.9"), software: [] }, findings)?.software).toEqual([]);
  expect(acceptHost({ hostname: "db1" }, findings)).toBeUndefined();
  expect(findings.rejected.length).toBeGreaterThan(0);
});
