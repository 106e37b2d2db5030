import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";

/** SYNTHETIC: between two hosts, a host and an address both ways, and two addresses. */
const FLOWS = `client,server,protocol,port,first_seen,last_seen,connections
app01,db01,tcp,1433,2026-03-09T01:00:00Z,2026-03-09T02:00:00Z,3
app01,10.9.9.9,tcp,443,2026-03-09T01:00:00Z,2026-03-09T02:00:00Z,3
10.8.8.8,db01,tcp,5432,2026-03-09T01:00:00Z,2026-03-09T02:00:00Z,3
10.8.8.8,10.9.9.9,tcp,22,2026-03-09T01:00:00Z,2026-03-09T02:00:00Z,3
`;
const ALL = [22, 443, 1433, 5432];

interface Page {
  items: { id: string; serverPort: number }[];
  nextCursor: string | null;
}

let collector: TestCollector;
beforeAll(async () => {
  collector = await startTestCollector();
  const answer = await collector.call(collector.secrets.editor, {
    method: "POST",
    url: "/api/v1/imports?format=flows-csv&name=flows.csv",
    headers: { "content-type": "application/octet-stream" },
    payload: Buffer.from(FLOWS),
  });
  expect(answer.statusCode).toBe(200);
});
afterAll(() => collector.close());

async function page(query: string): Promise<Page> {
  const answer = await collector.call(collector.secrets.viewer, { url: `/api/v1/flows?${query}` });
  return answer.json<Page>();
}

const portsOf = ({ items }: Page) => items.map(({ serverPort }) => serverPort).sort((a, b) => a - b);

test("pages show each flow once: those of hosts, also where a file names two, and those of none", async () => {
  const seen: Page["items"] = [];
  for (let cursor = "", turn = 0; turn < 9; turn++) {
    const { items, nextCursor } = await page(`limit=1${cursor}`);
    seen.push(...items);
    if (nextCursor === null) break;
    cursor = `&cursor=${nextCursor}`;
  }
  expect(portsOf({ items: seen, nextCursor: null })).toEqual(ALL);
  expect(new Set(seen.map(({ id }) => id)).size).toBe(ALL.length);
  expect(portsOf(await page("limit=9"))).toEqual(ALL);
  expect(portsOf(await page("port=22"))).toEqual([22]);
});

test("a flow has one id, whether all are asked for or a host's", async () => {
  const ids = new Map((await page("limit=9")).items.map(({ id, serverPort }) => [serverPort, id]));
  const ofDatabase = await page("host=db01");
  expect(portsOf(ofDatabase)).toEqual([1433, 5432]);
  for (const { id, serverPort } of ofDatabase.items) expect(id).toBe(ids.get(serverPort));
});

test("a page reads the hosts that it shows, and never all flows", async () => {
  await page("limit=1");
  const reads = vi.spyOn(collector.storage, "listFlows");
  await page("limit=1");
  const asked = reads.mock.calls.map(([filter]) => filter?.hostId);
  reads.mockRestore();
  expect(asked).toEqual([expect.stringMatching(/^h\d+$/)]);
});
