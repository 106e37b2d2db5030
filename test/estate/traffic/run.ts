import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Estate } from "../estate.ts";
import type { HostProcess } from "../host-process.ts";
import type { Host } from "../host.ts";
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
        startServer(host, service, callCount(script, service, host.address));
        await host.waitForListener(service.port);
      }),
    );
  }
}

function asksDatabase(service: Service): boolean {
  return service.databasePort !== undefined;
}

/** Makes the calls of the script from inside the hosts; resolves when the last connection is over. */
export async function makeCalls(estate: Estate, script: TrafficScript): Promise<void> {
  const startAt = Date.now() + LEAD_MS;
  const clients = [...script.calls].map(([name, calls]) => {
    const plan: ClientPlan = { startAt, log: `client${CALLS_SUFFIX}`, calls };
    return { name, process: startProgram(estate.host(name), "client", "client", plan) };
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

function startServer(host: Host, service: Service, calls: number): HostProcess {
  const label = `${service.program}-${service.port}`;
  const plan: ServerPlan = {
    address: service.listenAddress ?? "0.0.0.0",
    port: service.port,
    log: `${label}${ACCEPTED_SUFFIX}`,
    calls: `${label}${CALLS_SUFFIX}`,
    ...(service.databasePort === undefined ? {} : { databasePort: service.databasePort }),
    ...(service.endsAfterItsCalls === true ? { endsAfter: calls } : {}),
  };
  return startProgram(host, service.program, label, plan);
}

function startProgram(host: Host, program: string, label: string, plan: ServerPlan | ClientPlan): HostProcess {
  const planFile = join(host.stateDir, `${label}.plan.json`);
  writeFileSync(planFile, JSON.stringify(plan));
  const file = fileURLToPath(new URL(`${program}.ts`, import.meta.url));
  return host.spawn([process.execPath, file, planFile], { log: `${label}.log` });
}
