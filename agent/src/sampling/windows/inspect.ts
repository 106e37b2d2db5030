import { accessSync, constants } from "node:fs";
import { messageOf } from "../../errors.ts";
import type { SamplerOptions, Tier } from "../sampler.ts";
import { deniedWord } from "./denied-words.ts";
import { FIREWALL_LOG } from "./firewall-log.ts";
import type { DeniedField } from "./process-identity.ts";
import { SECURITY_EVENTS } from "./security-events.ts";
import { openSecurityLog } from "./security-log.ts";
import { createSocketOwners } from "./socket-owners.ts";
import { createSocketTables } from "./socket-tables.ts";
import { createUserNames } from "./user-names.ts";
import { bindWin32, type Win32 } from "./win32.ts";

const FIELDS: readonly { field: DeniedField; name: string; adds: string }[] = [
  { field: "executable", name: "executables", adds: "the file that a process runs" },
  { field: "user", name: "users", adds: "the account that a process runs as" },
  { field: "services", name: "services", adds: "the services that run in a process, as in svchost.exe" },
];

/**
 * What each source adds, and whether this host has it, by one try of each call, with the time that it took; leaves
 * nothing behind. No address or name of this host is in it: it can be shown to others.
 *
 * @param use names of the logs that the configuration allows
 */
export async function inspectTiers(
  options: SamplerOptions,
  use: readonly string[],
  win32: Win32 = bindWin32(),
): Promise<Tier[]> {
  const tables = timed(createSocketTables(win32));
  const { rows, failures } = tables.result;
  const count = (protocol: string): number => rows.filter((row) => row.observation.protocol === protocol).length;
  const began = performance.now();
  const { denied, owners, obstacle, servicesFailure } = await createSocketOwners(
    win32,
    createUserNames(win32),
  ).attribute(rows, [], Date.now());
  const ms = performance.now() - began;
  return [
    {
      name: "ip-helper",
      adds: "listeners, connections that stand, and those closed by FIN from this end",
      isOn: failures.length === 0,
      reason: failures.join("; ") || `${count("tcp")} TCP and ${count("udp")} UDP sockets in ${inMs(tables.ms)}`,
    },
    {
      name: "processes",
      adds: "which program has a socket",
      isOn: obstacle === undefined,
      reason: obstacle ?? `${owners} processes that have sockets in ${inMs(ms)}`,
    },
    ...FIELDS.map(({ field, name, adds }) => {
      const lacking = denied.get(field);
      const failure = obstacle ?? (field === "services" ? servicesFailure : undefined);
      const reason = lacking === undefined ? `of all ${owners} processes` : deniedWord(field, lacking, owners);
      return { name, adds, isOn: failure === undefined && lacking === undefined, reason: failure ?? reason };
    }),
    inspectLog(use, FIREWALL_LOG, "UDP peers, short connections, attempts that Windows Firewall dropped", () => {
      accessSync(options.firewallLog ?? "", constants.R_OK);
    }),
    inspectLog(use, SECURITY_EVENTS, "UDP peers, short and blocked connections, each with its process", () => {
      openSecurityLog().close();
    }),
  ];
}

function inspectLog(use: readonly string[], name: string, adds: string, attempt: () => void): Tier {
  if (!use.includes(name))
    return { name, adds, isOn: false, reason: "not among the eventSources of the configuration" };
  try {
    const { ms } = timed(attempt);
    return { name, adds, isOn: true, reason: `can be read, opened in ${inMs(ms)}` };
  } catch (error) {
    return { name, adds, isOn: false, reason: messageOf(error) };
  }
}

function timed<Result>(run: () => Result): { result: Result; ms: number } {
  const began = performance.now();
  const result = run();
  return { result, ms: performance.now() - began };
}

function inMs(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}
