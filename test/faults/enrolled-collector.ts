import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, openWorkplace, type Workplace } from "../e2e/local-collector.ts";
import { enrolSynthetic, type SyntheticAgent } from "../e2e/synthetic-agent.ts";
import { enrolmentToken } from "./enrolment-token.ts";

/** A real collector in a process of its own, and what a test asks of it. */
export interface EnrolledCollector {
  work: Workplace;
  url: string;
  port: number;
  pid: number;
  data: string;
  log(): string;
  enrol(hostname: string, machineId?: string): Promise<SyntheticAgent>;
  get<T>(path: string): Promise<T>;
  text(path: string): Promise<string>;
  /** Items of a list, at most 1,000. */
  list<T>(path: string): Promise<T[]>;
  /** From now on, what is shown is made of all that was sent: an analysis is else a while old. A person's change does it. */
  analysed(): void;
  close(): void;
}

export async function startCollector(): Promise<EnrolledCollector> {
  const work = openWorkplace();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const data = join(work.folder, "data");
  const serving = await work.serve(data, port);
  if (serving.pid === undefined) throw new Error("the collector has no pid");
  const { token } = JSON.parse(readFileSync(join(data, "cli.json"), "utf8")) as { token: string };
  const ask = (path: string) => fetch(`${url}/${path}`, { headers: { authorization: `Bearer ${token}` } });
  const get = async <T>(path: string): Promise<T> => (await (await ask(`api/v1/${path}`)).json()) as T;
  return {
    work,
    url,
    port,
    pid: serving.pid,
    data,
    log: serving.log,
    enrol: async (hostname, machineId) => enrolSynthetic(url, await enrolmentToken(url, data), hostname, machineId),
    get,
    text: async (path) => (await ask(path)).text(),
    async list<T>(path: string) {
      const { items } = await get<{ items: T[] }>(`${path}${path.includes("?") ? "&" : "?"}limit=1000`);
      return items;
    },
    analysed() {
      const zones = join(work.folder, "zones.csv");
      writeFileSync(zones, "zone,cidr,site,kind,description\nany,192.0.2.0/24,default,servers,\n");
      const { code, err } = work.portolan(["zones", "import", zones, "--data", data]);
      if (code !== 0) throw new Error(err);
    },
    close: () => work.close(),
  };
}
