import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { isInside } from "./addresses.ts";
import { Host } from "./host.ts";
import { buildNetwork, namespaceNames } from "./network.ts";
import { checkPlan, type EstatePlan, EstatePlanError } from "./plan.ts";
import { newRunId, runDirectory } from "./run-id.ts";
import { removeRun, sweepDeadRuns } from "./sweep.ts";
import { bootWindows, type WindowsHost } from "./windows/windows-host.ts";

const INTERRUPTS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A container of a host of the lab. It shares all but the network and the host name with its host. */
export interface Container {
  name: string;
  host: string;
  address: string;
  /** Path of its network namespace. */
  network: string;
}

/** A running lab. */
export interface Estate {
  readonly runId: string;
  readonly plan: EstatePlan;
  readonly hosts: readonly Host[];
  /** Throws {@link EstatePlanError} when the plan has no such host. */
  host(name: string): Host;
  /** How to run Windows programs in a host; undefined where the plan has a Linux host. */
  windows(name: string): WindowsHost | undefined;
  /** The host that owns an address, loopback apart. */
  hostOfAddress(address: string): string | undefined;
  /** The container of that name, and how to run programs in it. */
  container(name: string): Container | undefined;
  /** The segment that an address lies in. */
  segmentOfAddress(address: string): string | undefined;
  /** Ends every program and host and removes what the run left in the system. */
  close(): Promise<void>;
}

/**
 * Builds hosts as namespaces on routed segments: one bridge per segment, one router between them. Needs root (see
 * requirements.ts). Cleans up after runs whose owner died, and after itself when the process ends or is interrupted.
 * Throws {@link EstatePlanError} for a wrong plan, HostError and LabCommandError where the machine refuses.
 */
export async function buildEstate(plan: EstatePlan): Promise<Estate> {
  checkPlan(plan);
  sweepDeadRuns();
  const runId = newRunId();
  const hostsDirectory = join(runDirectory(runId), "hosts");
  const names = namespaceNames(runId, plan);
  const hostsFile = plan.hosts.map((host) => `${host.address} ${host.name}\n`).join("");
  const hosts = plan.hosts.map(
    (host) => new Host(host, { runId, networkNamespace: names.hosts.get(host.name) ?? "", hostsDirectory, hostsFile }),
  );

  const containers = (plan.containers ?? []).map(({ name, host, address }) => ({
    name,
    host,
    address,
    network: `/run/netns/${names.containers.get(name)}`,
  }));

  const removeAtOnce = () => {
    for (const host of hosts) {
      host.kill();
    }
    removeRun(runId);
  };
  const forgetExit = onProcessEnd(removeAtOnce);
  const close = async () => {
    await Promise.all(hosts.map((host) => host.stop()));
    removeRun(runId);
    forgetExit();
  };

  const windows = new Map<string, WindowsHost>();
  try {
    mkdirSync(hostsDirectory, { recursive: true, mode: 0o755 });
    await buildNetwork(runId, plan);
    await Promise.all(hosts.map((host) => host.start()));
    const withWindows = new Set(plan.hosts.filter(({ system }) => system === "windows").map(({ name }) => name));
    const booting = hosts.filter(({ name }) => withWindows.has(name)).map((host) => bootWindows(host));
    for (const booted of await Promise.all(booting)) windows.set(booted.host.name, booted);
  } catch (error) {
    await close();
    throw error;
  }

  return {
    runId,
    plan,
    hosts,
    host(name) {
      const found = hosts.find((host) => host.name === name);
      if (found === undefined) {
        throw new EstatePlanError(`host: "${name}", expected one of ${hosts.map((host) => host.name).join(", ")}`);
      }
      return found;
    },
    windows: (name) => windows.get(name),
    hostOfAddress: (address) =>
      hosts.find((host) => host.address === address)?.name ??
      plan.containers?.find((container) => container.address === address)?.host,
    container: (name) => containers.find((container) => container.name === name),
    segmentOfAddress: (address) => plan.segments.find((segment) => isInside(address, segment.cidr))?.name,
    close,
  };
}

/** Calls `clean` when the process ends or is interrupted; returns how to undo that. */
function onProcessEnd(clean: () => void): () => void {
  const interrupted = (signal: NodeJS.Signals) => {
    clean();
    forget();
    process.kill(process.pid, signal);
  };
  const forget = () => {
    process.off("exit", clean);
    for (const signal of INTERRUPTS) {
      process.off(signal, interrupted);
    }
  };
  process.once("exit", clean);
  for (const signal of INTERRUPTS) {
    process.once(signal, interrupted);
  }
  return forget;
}
