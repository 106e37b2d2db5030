import { afterEach, beforeEach, expect, test } from "vitest";
import { openPost, postReport, reportBody, type PostAnswer, type SyntheticAgent } from "../e2e/synthetic-agent.ts";
import type { EnrolledCollector } from "./enrolled-collector.ts";
import { hostileBodies, type HostileBody } from "./hostile-bodies.ts";
import { healthySender, startWarmCollector } from "./hostile-collector.ts";
import { watchPeakMemory } from "./peak-memory.ts";

const CONCURRENT = 200;
const MOST_GROWTH_MIB = 64;
/** What a busy machine may take to warm a collector up. */
const WARM_UP_MS = 120_000;

let collector: EnrolledCollector;
beforeEach(async () => {
  collector = await startWarmCollector();
}, WARM_UP_MS);
afterEach(() => collector.work.close());

/** @returns the answer, also where the collector ended the connection after it */
function send(sender: SyntheticAgent, { body, encoding, chunked }: HostileBody): Promise<PostAnswer | undefined> {
  const headers: Record<string, string> = {
    "content-encoding": encoding ?? "identity",
    ...(chunked ? { "transfer-encoding": "chunked" } : { "content-length": String(body.length) }),
  };
  const { outgoing, answer } = openPost(collector.url, sender, { headers });
  outgoing.end(body);
  return answer;
}

function expectRefused(hostile: HostileBody, answer: PostAnswer | undefined): void {
  const { name, status, says } = hostile;
  const type = String(answer?.headers["content-type"]).split(";", 1)[0];
  const told = { status: answer?.status, type, body: answer?.body };
  expect({ name, ...told }).toEqual({
    name,
    status,
    type: "application/problem+json",
    body: expect.stringMatching(says) as string,
  });
}

test("each hostile body is refused with what is wrong with it", async () => {
  const sender = await collector.enrol("synthetic-hostile");
  for (const hostile of hostileBodies(sender.id)) expectRefused(hostile, await send(sender, hostile));
});

test("200 hostile bodies at once cost at most 64 MiB, and who behaves is answered", async () => {
  const senders = await Promise.all([1, 2, 3, 4].map((index) => collector.enrol(`synthetic-hostile-${index}`)));
  const healthy = await collector.enrol("synthetic-healthy");
  const all = hostileBodies(senders[0]?.id ?? "");
  const memory = watchPeakMemory(collector.pid);
  for (const kinds of [all.filter(({ name }) => name.includes("zeros")), all]) {
    const beside = healthySender(collector.url, healthy);
    const started = performance.now();
    const answers = await Promise.all(
      Array.from({ length: CONCURRENT }, async (_, index) => {
        const hostile = kinds[index % kinds.length];
        const sender = senders[index % senders.length];
        if (!hostile || !sender) throw new Error("nothing to send");
        return { hostile, answer: await send(sender, hostile) };
      }),
    );
    const seconds = (performance.now() - started) / 1000;
    const { count, p99, worst, other } = await beside.stop();
    process.stdout.write(
      `${CONCURRENT} hostile bodies of ${kinds.length} kinds in ${seconds.toFixed(1)} s: memory ` +
        `${memory.beforeMiB.toFixed(0)} MiB + ${memory.grownMiB().toFixed(0)} MiB at most; beside them ${count} healthy reports, ` +
        `p99 ${p99.toFixed(0)} ms, worst ${worst.toFixed(0)} ms\n`,
    );
    for (const { hostile, answer } of answers) expectRefused(hostile, answer);
    expect(other).toEqual([]);
  }
  expect(memory.grownMiB()).toBeLessThan(MOST_GROWTH_MIB);
  const after = await postReport(collector.url, healthy, reportBody(healthy.id, 100_000, 40));
  expect(JSON.parse(after?.body ?? "{}")).toMatchObject({ applied: true, rejected: [] });
});
