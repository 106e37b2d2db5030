import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { SamplerOptions, Tier } from "../sampler.ts";
import { CONNTRACK } from "./conntrack.ts";
import { findConntrackTable } from "./conntrack-table.ts";
import { createSampler } from "./index.ts";
import { createProcFileReader } from "./read-proc-file.ts";
import { SS_EVENTS } from "./ss-events.ts";
import { TOOL_ENVIRONMENT } from "./tool-environment.ts";
import { TRACEFS } from "./trace-events.ts";
import { NoTracingError, openTracing, prepareTracing, removeTracing, tracePlaces } from "./trace-instance.ts";

const AS_TEXT = { encoding: "utf8", env: TOOL_ENVIRONMENT } as const;

/** What each source adds, and whether this host has it; leaves nothing behind. */
export async function inspectTiers(options: SamplerOptions, use: readonly string[]): Promise<Tier[]> {
  return [
    ...(await inspectTables(options)),
    inspectSs(use),
    inspectTracing(options, use),
    inspectTracking(options, use),
  ];
}

async function inspectTables(options: SamplerOptions): Promise<Tier[]> {
  const sampler = createSampler(options);
  const { sources } = await sampler.sample();
  await sampler.close();
  const [source] = sources;
  const isRead = source?.ok === true;
  const canName = isRead && !source.blindTo.includes("processes");
  return [
    {
      name: "proc-net",
      adds: "listeners, connections that stand, and those closed by FIN from this end",
      isOn: isRead,
      reason: isRead ? `${source.observations} sockets` : (source?.reason ?? "not read"),
    },
    {
      name: "processes",
      adds: "which program has a socket, and whose it is",
      isOn: canName,
      reason: canName ? "all sockets that have a process are named" : (source?.reason ?? "not read"),
    },
  ];
}

function inspectSs(use: readonly string[]): Tier {
  const tier = { name: SS_EVENTS, adds: "connections shorter than the sampling interval, bytes, failed attempts" };
  if (!use.includes(SS_EVENTS)) return { ...tier, isOn: false, reason: "left out of eventSources" };
  const version = spawnSync("ss", ["-V"], AS_TEXT);
  if (version.error) return { ...tier, isOn: false, reason: "ss (iproute2) is not installed" };
  if (spawnSync("stdbuf", ["--version"], AS_TEXT).error)
    return { ...tier, isOn: false, reason: "stdbuf (coreutils) is not installed" };
  const name = version.stdout.trim();
  const help = spawnSync("ss", ["-h"], AS_TEXT).stdout;
  if (!/-E\b/.test(help)) return { ...tier, isOn: false, reason: `${name} is older than 4.2 and has no option -E` };
  const isOld = !/-O\b/.test(help);
  return { ...tier, isOn: true, reason: isOld ? `${name}; older than 5.2, its two lines a row are joined` : name };
}

function inspectTracing(options: SamplerOptions, use: readonly string[]): Tier {
  const tier = { name: TRACEFS, adds: "every TCP connection with its caller, resets, failed attempts; exact counts" };
  if (!use.includes(TRACEFS)) return { ...tier, isOn: false, reason: "left out of eventSources" };
  const reasons: string[] = [];
  for (const place of tracePlaces(options)) {
    try {
      const isMade = process.getuid?.() === 0 && prepareTracing(place);
      openTracing(place).close();
      if (isMade) removeTracing(place);
      return { ...tier, isOn: true, reason: place.root };
    } catch (error) {
      if (!(error instanceof NoTracingError)) throw error;
      if (existsSync(place.root) || reasons.length === 0) reasons.push(error.message);
    }
  }
  return { ...tier, isOn: false, reason: reasons[0] ?? "" };
}

function inspectTracking({ procRoot = "/proc" }: SamplerOptions, use: readonly string[]): Tier {
  const tier = { name: CONNTRACK, adds: "peers of UDP, and connections whose address is translated" };
  if (!use.includes(CONNTRACK)) return { ...tier, isOn: false, reason: "left out of eventSources" };
  const table = findConntrackTable(procRoot, createProcFileReader());
  if (typeof table === "string") return { ...tier, isOn: false, reason: table };
  // As long as no rule asks for it, nothing is tracked; the agent asks for none.
  return table.isEmpty()
    ? { ...tier, isOn: false, reason: `this host tracks no connections; once it does, by ${table.from}` }
    : { ...tier, isOn: true, reason: table.from };
}
