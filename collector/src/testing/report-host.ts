import type { Directory, Flow, HostFacts, Listener, Process } from "@portolan/protocol";
import { expect } from "vitest";
import { sampleHost, sampleReport } from "./sample-report.ts";
import type { TestCollector } from "./test-collector.ts";

export interface SyntheticReport {
  host?: Partial<HostFacts>;
  directory?: Directory;
  flows?: Flow[];
  listeners?: Listener[];
  processes?: Process[];
}

/** SYNTHETIC: a host enrols and sends its one report. */
export async function reportHost(
  collector: TestCollector,
  name: string,
  address: string,
  { host, ...parts }: SyntheticReport,
): Promise<void> {
  const { agentId, secret } = await collector.enrol(name);
  const payload = sampleReport(agentId, { host: { ...sampleHost(name, address), ...host }, ...parts });
  const answer = await collector.call(secret, { method: "POST", url: "/api/v1/reports", payload });
  expect(answer.json()).toMatchObject({ applied: true, rejected: [], unknownKeys: 0 });
}
