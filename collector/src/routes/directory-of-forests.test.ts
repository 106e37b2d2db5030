import type { DirectoryItem, PlanDocument } from "@portolan/api";
import type { Directory, Flow } from "@portolan/protocol";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sampleDirectory, sampleFlow, sampleHost, sampleReport } from "../testing/sample-report.ts";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";

let collector: TestCollector;
beforeEach(async () => {
  collector = await startTestCollector();
  await forest();
});
afterEach(() => collector.close());

const EMEA = { realm: "EMEA.CORP.EXAMPLE", dnsDomain: "emea.corp.example" };

/** SYNTHETIC: a forest of two domains with a controller each; the child's member asks the root for its global catalogue. */
async function forest(): Promise<void> {
  const hosts: [name: string, address: string, more: Partial<Directory>, flows?: Flow[]][] = [
    ["dc1", "10.1.0.1", { role: "dc" }],
    ["edc1", "10.2.0.1", { ...EMEA, role: "dc" }],
    [
      "em1",
      "10.2.0.2",
      { ...EMEA, domainControllers: [{ name: "edc1", address: "10.2.0.1", source: "DsGetDcNameW" }] },
      [sampleFlow("outbound", "10.2.0.2", "10.1.0.1", 3268)],
    ],
    ["quiet1", "10.1.0.3", {}],
  ];
  for (const [name, address, more, flows = []] of hosts) {
    const { agentId, secret } = await collector.enrol(name);
    const directory = sampleDirectory(`${name.toUpperCase()}$`, more);
    const payload = sampleReport(agentId, { host: sampleHost(name, address), directory, flows });
    const answer = await collector.call(secret, { method: "POST", url: "/api/v1/reports", payload });
    expect(answer.json()).toMatchObject({ applied: true, rejected: [] });
  }
}

async function planOf(payload: object): Promise<PlanDocument> {
  const call = { method: "POST", url: "/api/v1/plans", payload } as const;
  return (await collector.call(collector.secrets.editor, call)).json<PlanDocument>();
}

async function warningsOf(payload: object): Promise<string> {
  return (await planOf(payload)).waves.flatMap(({ warnings = [] }) => warnings).join("\n");
}

const moving = ({ waves }: PlanDocument) => waves.flatMap(({ hosts }) => hosts);

it("a plan counts controllers of a member's own domain, also of one that names none", async () => {
  const provided = await warningsOf({ provideFirst: ["dc1"], stay: ["edc1"] });
  expect(provided).toContain("1 host (em1) would leave their domain controllers behind (edc1)");
  expect(provided).not.toContain("quiet1");
  expect(await warningsOf({ stay: ["em1", "dc1", "quiet1"] })).toContain(
    "no domain controller would be left for 1 host (em1) that stay behind: keep edc1",
  );
  expect(await warningsOf({ stay: ["dc1", "edc1", "em1"] })).toContain(
    "1 host (quiet1) would leave their domain controllers behind (dc1)",
  );
});

it("a retired host is marked, is nobody's replica, needs none, and is in no wave", async () => {
  const directory = async () => {
    const answer = await collector.call(collector.secrets.viewer, { url: "/api/v1/directory" });
    return answer.json<{ items: DirectoryItem[] }>().items;
  };
  const id = (await directory()).find(({ host }) => host === "edc1")?.id;
  const call = { method: "POST", url: `/api/v1/hosts/${id}/retirement` } as const;
  expect((await collector.call(collector.secrets.editor, call)).statusCode).toBeLessThan(300);
  const items = await directory();
  expect(items.flatMap(({ host, retiredAt }) => (retiredAt === undefined ? [] : [host]))).toEqual(["edc1"]);
  const text = await warningsOf({ stay: ["dc1"] });
  expect(text).not.toContain("edc1: domain controllers are promoted anew");
  const plan = await planOf({});
  expect(moving(plan)).not.toContain("edc1");
  expect(moving(plan)).toContain("dc1");
  expect(plan.warnings).toContain("edc1 is retired and is in no wave");
  expect((await planOf({ stay: ["edc1"] })).warnings).toContain("edc1 stays and is in no wave");
});
