import { expect, test } from "vitest";
import { needsWholeGraph } from "./needs-whole-graph.ts";

test.each([
  ["GET", "/api/v1/exports/firewall?format=xlsx"],
  ["GET", "/api/v1/firewall/matrix"],
  ["GET", "/api/v1/graph?level=zone"],
  ["POST", "/api/v1/plans"],
  ["GET", "/api/v1/flows"],
  ["GET", "/api/v1/flows?port=443&zone=dmz"],
])("%s %s goes to the thread that analyses", (method, url) => {
  expect(needsWholeGraph(method, url)).toBe(true);
});

test.each([
  ["GET", "/api/v1/hosts/h1"],
  ["GET", "/api/v1/dependencies?port=443"],
  ["GET", "/api/v1/flows?port=443&host=web01"],
  ["GET", "/api/v1/plans"],
  ["PUT", "/api/v1/zones"],
  ["GET", "/healthz"],
])("%s %s is answered from the last analysis", (method, url) => {
  expect(needsWholeGraph(method, url)).toBe(false);
});
