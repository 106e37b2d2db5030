import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort, openWorkplace, type Workplace } from "./local-collector.ts";
import { enrolSynthetic, openPost, postReport, reportBody, type SyntheticAgent } from "./synthetic-agent.ts";

/** The fault comes once the first sender has had this many answers. */
const DIES_AT = 50;

let work: Workplace;
let url: string;
let data: string;
let port: number;
beforeEach(async () => {
  work = openWorkplace();
  data = join(work.folder, "data");
  port = await freePort();
  url = `http://127.0.0.1:${port}`;
});
afterEach(() => work.close());

function enrolmentToken(): string {
  const made = work.portolan(["token", "create", "--kind", "enrolment", "--uses", "100", "--json"]);
  return (JSON.parse(made.out) as { token: string }).token;
}

/** Serves with a thread that dies when the returned function is called. */
async function serveWithFault(thread: string) {
  const when = join(work.folder, "die");
  const fault = new URL(`fault-in-thread.ts?${new URLSearchParams({ thread, when }).toString()}`, import.meta.url);
  const faulty = await work.serve(data, port, ["--import", fault.href]);
  return { faulty, die: () => writeFileSync(when, "") };
}

async function expectStored(sender: SyntheticAgent, numbers: readonly number[], flows: number): Promise<void> {
  for (const number of numbers) {
    const again = await postReport(url, sender, reportBody(sender.id, number, flows));
    expect({ number, ...(JSON.parse(again?.body ?? "{}") as object) }).toMatchObject({
      number,
      applied: false,
      duplicate: true,
    });
  }
}

test("a report that is on its way when the collector is told to stop is committed and answered", async () => {
  const serving = await work.serve(data, port);
  const sender = await enrolSynthetic(url, enrolmentToken(), "synthetic-1");
  const body = reportBody(sender.id, 1, 50);
  const { outgoing, answer } = openPost(url, sender, { headers: { expect: "100-continue" } });
  outgoing.flushHeaders();
  await once(outgoing, "continue");
  const ended = serving.stop();
  // Until its log says that it stops.
  while (!serving.log().includes("stopping")) await new Promise((resolve) => setTimeout(resolve, 20));
  outgoing.end(body);
  expect(await answer).toMatchObject({ status: 200, body: expect.stringContaining('"applied":true') });
  const answeredAt = Date.now();
  expect(await ended).toBe(0);
  // Nor does the connection that the agent keeps.
  expect(Date.now() - answeredAt).toBeLessThan(4500);
  await work.serve(data, port);
  await expectStored(sender, [1], 50);
});

test("a writing thread that dies ends the collector with code 1, and nothing answered is lost", async () => {
  const healthy = await work.serve(data, port);
  const senders = await Promise.all(
    [1, 2, 3, 4].map(async (index) => enrolSynthetic(url, enrolmentToken(), `synthetic-${index}`)),
  );
  await healthy.stop();
  const { faulty, die } = await serveWithFault("portolan-writer");
  const answered = await Promise.all(
    senders.map(async (sender) => {
      const numbers: number[] = [];
      for (let number = 1; ; number += 1) {
        const answer = await postReport(url, sender, reportBody(sender.id, number, 20));
        if (answer?.status !== 200) return { sender, numbers, last: answer?.status };
        numbers.push(number);
        if (number === DIES_AT) die();
      }
    }),
  );
  expect(await faulty.ended).toBe(1);
  expect(faulty.log().trim().split("\n").at(-1)).toMatch(
    /^portolan: The thread that writes .*portolan\.db has ended\.$/,
  );
  for (const { last } of answered) expect([undefined, 503]).toContain(last);
  await work.serve(data, port);
  for (const { sender, numbers } of answered) {
    expect(numbers.length).toBeGreaterThan(0);
    await expectStored(sender, numbers.slice(-20), 20);
  }
});

test.each(["portolan-pages", "portolan-analysis"])(
  "%s, a thread that answers people, dies and ends the collector too",
  async (thread) => {
    const { faulty, die } = await serveWithFault(thread);
    die();
    expect(await faulty.ended).toBe(1);
    expect(faulty.log().trim().split("\n").at(-1)).toBe("portolan: The thread that answers people has ended.");
  },
);
