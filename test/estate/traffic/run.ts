import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Estate } from "../estate.ts";
import type { HostProcess } from "../host-process.ts";
import type { Host } from "../host.ts";
import { NODE_EXE, windowsPath } from "../windows/windows-host.ts";
import { ACCEPTED_SUFFIX, CALLS_SUFFIX } from "./call-log.ts";
import type { ClientPlan } from "./client.ts";
import { callCount, type Service, type TrafficScript } from "./script.ts";
import type { ServerPlan } from "./serve.ts";

/** Clients wait this long, so that all of them have started when the first call is due. */
const LEAD_MS = 1500;
const OVERTIME_MS = 20_000;

/** A client could not make the calls of the script: the lab is broken, not what is tested in it. */
class TrafficError extends Error {
  override name = "TrafficError";
}

/** Starts every service of the script in its host and waits until all of them listen; databases before who asks them. */
export async function startServers(estate: Estate, script: TrafficScript): Promise<void> {
  for (const turn of [
    script.services.filter((service) => !asksDatabase(service)),
    script.services.filter(asksDatabase),
  ]) {
    await Promise.all(
      turn.map(async (service) => {
        const host = estate.host(service.host);
        startServer(estate, service, callCount(script, service, host.address));
        await waitForService(estate, host, service);
      }),
    );
  }
}

async function waitForService(estate: Estate, host: Host, { container, protocol, port }: Service): Promise<void> {
  if (container === undefined && protocol === undefined) return host.waitForListener(port);
  const network = container === undefined ? undefined : estate.container(container)?.network;
  const list = ["ss", protocol === undefined ? "-lntH" : "-lnuH", `sport = :${port}`];
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if ((await host.exec(list, network === undefined ? {} : { network })).stdout !== "") return;
    await sleep(100);
  }
  throw new TrafficError(`${container ?? host.name}: nothing listened on port ${port}`);
}

function asksDatabase(service: Service): boolean {
  return service.databasePort !== undefined;
}

/** Makes the calls of the script from inside the hosts; resolves when the last connection is over. */
export async function makeCalls(estate: Estate, script: TrafficScript): Promise<void> {
  const startAt = Date.now() + LEAD_MS;
  const clients = [...script.calls].map(([name, calls]) => {
    const plan: ClientPlan = { startAt, log: `client-${name}${CALLS_SUFFIX}`, calls };
    return { name, process: startProgram(estate, name, "client", `client-${name}`, plan) };
  });
  const giveUp = setTimeout(
    () => void Promise.all(clients.map((client) => client.process.stop("SIGKILL"))),
    LEAD_MS + script.durationMs + OVERTIME_MS,
  );
  const ends = await Promise.all(clients.map(async ({ name, process }) => ({ name, exit: await process.exited })));
  clearTimeout(giveUp);
  const failed = ends.filter(({ exit }) => exit.code !== 0);
  if (failed.length > 0) {
    throw new TrafficError(`clients failed: ${JSON.stringify(failed)}; see client.log in their state directories`);
  }
}

function startServer(estate: Estate, service: Service, calls: number): HostProcess {
  const label = `${service.container ?? ""}${service.program}-${service.port}`;
  const plan: ServerPlan = {
    address: service.listenAddress ?? "0.0.0.0",
    port: service.port,
    ...(service.protocol === "udp" ? { ownAddress: estate.host(service.host).address } : {}),
    log: `${label}${ACCEPTED_SUFFIX}`,
    calls: `${label}${CALLS_SUFFIX}`,
    ...(service.databasePort === undefined ? {} : { databasePort: service.databasePort }),
    ...(service.endsAfterItsCalls === true ? { endsAfter: calls } : {}),
  };
  return startProgram(estate, service.container ?? service.host, service.program, label, plan);
}

/** @param where a host, or a container */
function startProgram(
  estate: Estate,
  where: string,
  program: string,
  label: string,
  plan: ServerPlan | ClientPlan,
): HostProcess {
  const container = estate.container(where);
  const host = estate.host(container?.host ?? where);
  const planFile = join(host.stateDir, `${label}.plan.json`);
  writeFileSync(planFile, JSON.stringify(plan));
  const file = fileURLToPath(new URL(`${program}.ts`, import.meta.url));
  const windows = estate.windows(where);
  if (windows !== undefined)
    return windows.spawn([NODE_EXE, windowsPath(file), windowsPath(planFile)], { log: `${label}.log` });
  const argv = [process.execPath, file, planFile];
  if (container === undefined) return host.spawn(argv, { log: `${label}.log` });
  const named = ["unshare", "--uts", "sh", "-c", `hostname ${container.name}; exec "$@"`, "sh", ...argv];
  return host.spawn(named, { log: `${label}.log`, network: container.network });
}
