import { afterEach, beforeEach, expect, test } from "vitest";
import { sampleFlow, sampleHost, sampleReport } from "../testing/sample-report.ts";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";
import { createAnalysisCache } from "./analysis-cache.ts";
import { analyse, rezone } from "./analysis.ts";

let collector: TestCollector;
beforeEach(async () => {
  collector = await startTestCollector();
  const { agentId, secret } = await collector.enrol("web01");
  const flows = ["10.0.0.9", "10.1.0.7", "192.0.2.1"].map((peer) => sampleFlow("inbound", "10.0.0.5", peer, 443));
  const payload = sampleReport(agentId, { host: sampleHost("web01", "10.0.0.5"), flows });
  await collector.call(secret, { method: "POST", url: "/api/v1/reports", payload });
});
afterEach(() => collector.close());

const writeZones = (...names: string[]) =>
  collector.storage.writeZones(
    names.map((name, index) => ({ name, cidr: `10.${index}.0.0/16`, site: "default", kind: "servers" })),
    undefined,
    { kind: "system", id: "test" },
  );
const analysed = () => analyse(collector.storage, () => collector.clock.now);

test("other zones over the same evidence give what a whole analysis gives", async () => {
  for (const names of [["web", "db"], [], ["all"]]) {
    const before = await analysed();
    await writeZones(...names);
    const whole = await analysed();
    expect(before.dependencies.zones).not.toEqual(whole.dependencies.zones);
    expect(await rezone(collector.storage, before)).toEqual({ ...whole, revision: before.revision });
  }
});

test("after a long analysis, changed zones show without another; changed evidence takes one", async () => {
  let builds = 0;
  const analyses = createAnalysisCache({
    async analyse() {
      builds += 1;
      return { ...(await analysed()), tookMs: 60_000 };
    },
    revision: () => collector.storage.revision(),
    clock: () => collector.clock.now,
    rezone: (data) => rezone(collector.storage, data),
  });
  await analyses.current();
  await writeZones("web");
  analyses.forget("zones");
  expect((await analyses.current()).zoneOfHost(0)).toBe("web");
  expect(builds).toBe(1);
  analyses.forget();
  await analyses.current();
  expect(builds).toBe(2);
});
