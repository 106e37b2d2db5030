import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Flow, Process, Report } from "@portolan/protocol";
import { loadConfig } from "../config.ts";
import { numberDraft } from "../delivery/report.ts";
import { AgentError, messageOf } from "../errors.ts";
import { createLog } from "../logging.ts";
import { createProbeMemory } from "../state/probe-memory.ts";
import { stateDirAt } from "../state/state-dir.ts";
import { directoryText } from "./directory-text.ts";
import { localAgentId } from "./local-id.ts";
import { inventoryOf, observeHost } from "./observing.ts";
import type { Streams } from "./streams.ts";
import { table } from "./table.ts";

/** Between the two looks: long enough to see something move, short enough to wait for. */
const BETWEEN_LOOKS_MS = 1000;

/** Prints what the agent sees now; needs no collector. */
export async function run(
  options: { config?: string; state: string; json?: boolean },
  { stdout, stderr }: Streams,
): Promise<number> {
  const config = loadConfig(options.config);
  const log = createLog("error", stderr);
  // Where an agent keeps its state, a controller is asked once an hour by both together.
  const probeMemory = createProbeMemory(stateDirAt(options.state).directoryProbe, log);
  const { observer, directory } = await observeHost(config, log, { stays: false, probeMemory });
  const facts = inventoryOf(config)().catch((error: unknown) => new Error(messageOf(error)));
  await observer.sample();
  // After a look: it shows which controllers the host talks to.
  const membership = directory().catch((error: unknown) => new Error(messageOf(error)));
  await sleep(BETWEEN_LOOKS_MS);
  await observer.sample();
  observer.setHost(await facts);
  observer.setDirectory(await membership);
  const [draft, ...more] = observer.drain();
  await observer.close();
  if (draft === undefined) throw new AgentError("nothing could be seen");
  if (more.length > 0) stderr.write("more flows than one report holds; the rest is left out\n");
  const epoch = randomBytes(16).toString("hex");
  const report = numberDraft(draft, localAgentId(options.state), { epoch, number: 1 }, Date.now());
  stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : readable(report));
  return report.sources.some(({ ok }) => ok) ? 0 : 1;
}

function readable(report: Report): string {
  const { host, directory, listeners = [], flows, processes, sources } = report;
  const lines = [];
  if (host) {
    const system = [host.os.name, host.os.version].filter(Boolean).join(" ");
    lines.push(`${host.hostname}: ${system}, ${host.cpu.logicalCores} CPUs, ${gigabytes(host.memoryBytes)}`, "");
  }
  if (directory) lines.push(...directoryText(directory));
  const dependencies = host?.dependenciesOnAddress ?? [];
  if (dependencies.length > 0) {
    const rows = dependencies.map(({ kind, holder, target, validUntil = "" }) => [kind, holder, target, validUntil]);
    lines.push(`Dependencies on addresses (${rows.length})`, table(["kind", "holder", "target", "valid until"], rows));
  }
  if (host?.software && host.software.length > 0) {
    const cells = host.software.map(({ name, instance = "", version = "", ports }) => [
      name,
      instance,
      version,
      ports.join(", "),
    ]);
    lines.push(`Software (${cells.length})`, table(["name", "instance", "version", "ports"], cells));
  }
  for (const { fact, reason } of host?.unread ?? []) lines.push(`Not read: ${fact}: ${reason}`);
  lines.push(`Listeners (${listeners.length})`);
  const listening = listeners.map((item) => [
    item.protocol,
    `${bracketed(item.address)}:${item.port}`,
    nameOf(processes, item.process),
    item.scope ?? "",
  ]);
  lines.push(table(["protocol", "address", "process", "scope"], listening), `Flows (${flows.length})`);
  const flowing = flows.map((flow) => [
    flow.direction,
    flow.protocol,
    bracketed(flow.localAddress),
    bracketed(flow.remoteAddress),
    portOf(flow),
    nameOf(processes, flow.process),
    String(flow.connections),
  ]);
  lines.push(table(["direction", "protocol", "local", "remote", "port", "process", "connections"], flowing));
  for (const { name, ok, reason, observations, blindTo } of sources) {
    const told = [`${observations} observations`, reason, blindTo.length > 0 && `blind to: ${blindTo.join(", ")}`];
    lines.push(`Source ${name}: ${ok ? "ok" : "FAILED"}, ${told.filter(Boolean).join("; ")}`);
  }
  return `${lines.join("\n")}\n`;
}

function portOf(flow: Flow): string {
  if (flow.direction === "unknown") return `${flow.localPort} or ${flow.remotePort}`;
  return flow.guessed === true ? `${flow.serverPort}?` : String(flow.serverPort);
}

function nameOf(processes: Process[], index: number | undefined): string {
  const process = index === undefined ? undefined : processes[index];
  if (process === undefined) return "";
  const { name, program, service } = process;
  return [name, program && `(${program})`, service && `[${service}]`].filter(Boolean).join(" ");
}

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
