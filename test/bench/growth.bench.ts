/**
 * What growth costs: `node test/bench/growth.bench.ts [sizes] [--folder DIR]`. For each number of dependencies (10,000
 * and 100,000 unless told) the real collector, a process of its own, on a SYNTHETIC store of that size: bytes a
 * dependency, start, the first and the repeated host page and filtered list page over HTTP, how long a refresh of the
 * analysis takes, and what pages and reports wait meanwhile. The reference is the same host's flows with their days, read
 * by bare better-sqlite3 in this process. With a folder the stores are kept there and used again. Exits with 1 where
 * the median is above a goal: the p99 is as much the neighbours' on the machine. 1 M and 2 M take minutes and gigabytes of disk.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import Sqlite from "better-sqlite3";
import { freePort, openWorkplace } from "../e2e/local-collector.ts";
import { postReport, reportBody } from "../e2e/synthetic-agent.ts";
import { EDITOR, estateOf, fillEstate, type GrownEstate, secretOf, VIEWER } from "./grown-estate.ts";

const GOAL_HOST_PAGE_MS = 50;
const GOAL_LIST_PAGE_MS = 200;
const REPEATS = 200;
/** Of each kind before it is measured: what is not compiled yet is nobody's growth. */
const WARM_UP = 20;
const REPORTS_PER_SECOND = 10;
/** A refresh is put off for a minute at most, and takes minutes itself where the machine is small. */
const REFRESH_LIMIT_MS = 15 * 60_000;
const PAGE_GAP_MS = 50;

const print = (line: string) => process.stdout.write(`${line}\n`);
const quantile = (times: readonly number[], share: number) =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? Number.NaN;
const ms = (time: number) => `${time < 10 ? time.toFixed(1) : time.toFixed(0)} ms`;
const spread = (times: readonly number[]) =>
  `p50 ${ms(quantile(times, 0.5))}, p99 ${ms(quantile(times, 0.99))}, longest ${ms(Math.max(...times))} (${times.length} times)`;

/** Milliseconds of one GET, its body read and parsed. */
async function get(url: string, path: string): Promise<[number, Record<string, unknown>]> {
  const started = performance.now();
  const answer = await fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${VIEWER}` } });
  const body = (await answer.json()) as Record<string, unknown>;
  if (answer.status !== 200) throw new Error(`${path} was answered with ${answer.status}: ${JSON.stringify(body)}`);
  return [performance.now() - started, body];
}

async function repeated(url: string, pathOf: (index: number) => string): Promise<number[]> {
  const times: number[] = [];
  for (let index = -WARM_UP; index < REPEATS; index += 1) {
    const [time] = await get(url, pathOf(Math.abs(index)));
    if (index >= 0) times.push(time);
  }
  return times;
}

/** What a host's page asks for: the host, and its dependencies. */
async function hostPage(url: string, id: string): Promise<number> {
  const [[host], [dependencies]] = await Promise.all([
    get(url, `/hosts/${id}`),
    get(url, `/dependencies?host=${id}&limit=100`),
  ]);
  return Math.max(host, dependencies);
}

/** Reference: the flows that one host saw and what their days come to, by bare better-sqlite3. */
function bareHostQuery(dataDir: string, hosts: number): number[] {
  const db = new Sqlite(join(dataDir, "portolan.db"), { readonly: true });
  const query = db.prepare<[number]>(
    `SELECT flow.*, sum(connections), min(flow_day.first_seen), max(flow_day.last_seen)
     FROM flow JOIN flow_day USING (flow_key) WHERE host_key = ? GROUP BY flow_key LIMIT 100`,
  );
  const times = Array.from({ length: WARM_UP + REPEATS }, (_, index) => {
    const started = performance.now();
    query.all(1 + ((index * 37) % hosts));
    return performance.now() - started;
  });
  db.close();
  return times.slice(WARM_UP);
}

/** Reports and host pages at a fixed rate until `isDone`; milliseconds from due to answered. */
async function load(url: string, estate: GrownEstate, isDone: () => boolean) {
  const [reports, pages]: [number[], number[]] = [[], []];
  const first = Math.floor(Date.now() / 1000);
  async function sendReports(): Promise<void> {
    const running: Promise<void>[] = [];
    const start = performance.now();
    for (let sent = 0; !isDone(); sent += 1) {
      const due = start + (sent * 1000) / REPORTS_PER_SECOND;
      await sleep(Math.max(0, due - performance.now()));
      const sender = { id: `a${sent % estate.hosts}`, secret: secretOf(sent % estate.hosts) };
      running.push(
        postReport(url, sender, reportBody(sender.id, first + sent, 40)).then((answer) => {
          if (answer?.status !== 200) throw new Error(`a report was answered with ${answer?.status}: ${answer?.body}`);
          reports.push(performance.now() - due);
        }),
      );
    }
    await Promise.all(running);
  }
  async function readPages(): Promise<void> {
    for (let index = 0; !isDone(); index += 1) {
      pages.push(await hostPage(url, `h${1 + ((index * 37) % estate.hosts)}`));
      await sleep(PAGE_GAP_MS);
    }
  }
  await Promise.all([sendReports(), readPages()]);
  return { reports, pages };
}

const peakMegabytes = (pid: number) =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? Number.NaN) / 1024;

/** Waits until the analysis is younger than the reports that the load brings; seconds from the first of them. */
async function refreshed(url: string, asOf: unknown): Promise<number> {
  const started = performance.now();
  while (performance.now() - started < REFRESH_LIMIT_MS) {
    await sleep(500);
    if ((await get(url, "/coverage"))[1]["asOf"] !== asOf) return (performance.now() - started) / 1000;
  }
  throw new Error("the analysis was not refreshed in time");
}

async function measure(dataDir: string, estate: GrownEstate): Promise<boolean> {
  const workplace = openWorkplace();
  try {
    const bytes = statSync(join(dataDir, "portolan.db")).size;
    print(
      `${estate.dependencies} dependencies of ${estate.hosts} hosts: ${(bytes / estate.dependencies).toFixed(0)} bytes each`,
    );
    const reference = bareHostQuery(dataDir, estate.hosts);
    print(`  reference: a host's flows, bare     ${spread(reference)}`);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const starting = performance.now();
    const serving = await workplace.serve(dataDir, port);
    print(`  start                               ${ms(performance.now() - starting)}`);
    print(`  first host page                     ${ms(await hostPage(url, "h7"))}`);
    const pageTimes: number[] = [];
    for (let index = -WARM_UP; index < REPEATS; index += 1) {
      const time = await hostPage(url, `h${1 + ((Math.abs(index) * 37) % estate.hosts)}`);
      if (index >= 0) pageTimes.push(time);
    }
    print(
      `  host page                           ${spread(pageTimes)}, p50 ${(quantile(pageTimes, 0.5) / quantile(reference, 0.5)).toFixed(1)} x reference`,
    );
    const [, zoned] = await get(url, "/hosts/h30");
    const zone = encodeURIComponent(String(zoned["zone"]));
    const lists: Record<string, (index: number) => string> = {
      "a directory server's page": (index) => `/dependencies?host=h${1 + (index % 5)}&limit=100`,
      "list by port": (index) => `/dependencies?port=${[443, 1433, 5432, 22][index % 4]}&limit=100`,
      "list by zone": () => `/dependencies?zone=${zone}&limit=100`,
      "list by port and zone": () => `/dependencies?zone=${zone}&port=5432&limit=100`,
      "list, pages of 1000": () => `/dependencies?limit=1000`,
      "hosts by port": (index) => `/hosts?port=${[53, 443][index % 2]}&limit=100`,
    };
    const listTimes: number[] = [];
    for (const [name, pathOf] of Object.entries(lists)) {
      const [, firstPage] = await get(url, pathOf(0));
      const { items, nextCursor } = firstPage as { items: unknown[]; nextCursor: string | null };
      if (items.length === 0) throw new Error(`${name} is empty`);
      const times = await repeated(url, (index) =>
        index % 2 === 1 && nextCursor !== null && pathOf(0) === pathOf(index)
          ? `${pathOf(0)}&cursor=${encodeURIComponent(nextCursor)}`
          : pathOf(index),
      );
      listTimes.push(quantile(times, 0.5));
      print(`  ${name.padEnd(36)}${spread(times)}`);
    }
    const [, { asOf }] = await get(url, "/coverage");
    const state = { isDone: false };
    const [busy, waited] = await Promise.all([
      load(url, estate, () => state.isDone),
      refreshed(url, asOf).finally(() => (state.isDone = true)),
    ]);
    print(`  evidence shown after                ${waited.toFixed(1)} s; while that was refreshed`);
    print(`    host page                         ${spread(busy.pages)}`);
    print(`    reports (${REPORTS_PER_SECOND}/s)                    ${spread(busy.reports)}`);
    const changing = performance.now();
    const zones = await fetch(`${url}/api/v1/zones`, { headers: { authorization: `Bearer ${EDITOR}` } });
    const body = JSON.stringify(await zones.json());
    const headers = { authorization: `Bearer ${EDITOR}`, "content-type": "application/json" };
    const etag = zones.headers.get("etag") ?? "";
    const put = await fetch(`${url}/api/v1/zones`, { method: "PUT", headers: { ...headers, "if-match": etag }, body });
    if (put.status !== 200) throw new Error(`the zones were answered with ${put.status}: ${await put.text()}`);
    await get(url, "/hosts/h7");
    print(`  zones changed until first page      ${ms(performance.now() - changing)}`);
    print(`  memory, highest                     ${peakMegabytes(serving.pid ?? 0).toFixed(0)} MB`);
    await serving.stop();
    const met = quantile(pageTimes, 0.5) < GOAL_HOST_PAGE_MS && Math.max(...listTimes) < GOAL_LIST_PAGE_MS;
    print(
      `  goal: host page under ${GOAL_HOST_PAGE_MS} ms, filtered list page under ${GOAL_LIST_PAGE_MS} ms (p50): ${met ? "met" : "MISSED"}`,
    );
    return met;
  } finally {
    workplace.close();
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: { folder: { type: "string" } }, allowPositionals: true });
  const sizes = positionals.length > 0 ? positionals.map(Number) : [10_000, 100_000];
  if (!sizes.every((size) => Number.isInteger(size) && size >= 10_000)) {
    process.stderr.write("expected sizes of at least 10000 dependencies\n");
    return 2;
  }
  let isMet = true;
  for (const size of sizes) {
    const estate = estateOf(size);
    const folder =
      values.folder === undefined
        ? await mkdtemp(fileURLToPath(new URL(".growth-", import.meta.url)))
        : join(values.folder, `growth-${size}`);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (!existsSync(join(folder, "portolan.db"))) await fillEstate(folder, estate);
      if (!(await measure(folder, estate))) isMet = false;
    } finally {
      if (values.folder === undefined) rmSync(folder, { recursive: true });
    }
  }
  return isMet ? 0 : 1;
}

process.exitCode = await main();
