import { MessageChannel } from "node:worker_threads";
import { afterEach, beforeEach, expect, test } from "vitest";
import { analysesOf, createAnalysisCache } from "../analysis/analysis-cache.ts";
import { StorageUnavailableError } from "../storage/errors.ts";
import type { Storage } from "../storage/storage.ts";
import { sampleFlow, sampleHost, sampleReport } from "../testing/sample-report.ts";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";
import { analysesOver, serveAnalyses } from "./analysis-port.ts";

let collector: TestCollector;
let channel: MessageChannel;
beforeEach(async () => {
  collector = await startTestCollector();
  channel = new MessageChannel();
});
afterEach(async () => {
  channel.port1.close();
  await collector.close();
});

const overPort = (storage: Storage) => {
  serveAnalyses(
    channel.port1,
    analysesOf(storage, () => collector.clock.now),
  );
  return createAnalysisCache({
    analyse: analysesOver(channel.port2),
    revision: () => storage.revision(),
    clock: () => collector.clock.now,
  });
};

test("an analysis comes over whole, and answers as one made here", async () => {
  const { agentId, secret } = await collector.enrol("web01");
  const flows = Array.from({ length: 2500 }, (_, index) =>
    sampleFlow("inbound", "10.0.0.5", `10.9.${index >> 8}.${index & 255}`, 443),
  );
  const answer = await collector.call(secret, {
    method: "POST",
    url: "/api/v1/reports",
    payload: sampleReport(agentId, { host: sampleHost("web01", "10.0.0.5"), flows }),
  });
  expect(answer.statusCode).toBe(200);
  const [there, here] = await Promise.all([
    overPort(collector.storage).current(),
    analysesOf(collector.storage, () => collector.clock.now).current(),
  ]);
  expect(there.data).toEqual(here.data);
  expect(there.allHosts).toHaveLength(2501);
  expect(there.dependencies.page({ port: 443 }, 1000)).toEqual(here.dependencies.page({ port: 443 }, 1000));
  expect(there.zoneOfHost(0)).toBe("10.0.0.0/24");
});

test("an analysis that fails is told as what it is", async () => {
  const failing: Storage = {
    ...collector.storage,
    listFlows: () => Promise.reject(new StorageUnavailableError("full", "synthetic: the disk is full")),
  };
  await expect(overPort(failing).current()).rejects.toThrow(StorageUnavailableError);
});

test("where the other end is gone, whoever asks is told", async () => {
  const analyses = overPort(collector.storage);
  channel.port1.close();
  await new Promise((resolve) => channel.port2.once("close", resolve));
  await expect(analyses.current()).rejects.toThrow("ended");
});
