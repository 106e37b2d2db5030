import { ReceivedLoadHour, VolumeLoad } from "@portolan/protocol";
import { DateTime } from "luxon";
import type { AcceptedLoad } from "../storage/accepted-report.ts";
import type { LoadFigures } from "../storage/evidence.ts";
import type { SeenAt } from "./accept-flow.ts";
import { checkItem, type Findings } from "./check-items.ts";
import { siteDay } from "./site-day.ts";

const HOUR_MS = 3_600_000;

/** Start of the hour of a time zone's clock; milliseconds since 1970 UTC. */
function siteHour(ms: number, timeZone: string): number {
  const offset = DateTime.fromMillis(ms, { zone: timeZone }).offset * 60_000;
  return Math.floor((ms + offset) / HOUR_MS) * HOUR_MS - offset;
}

/** Those that are as they should be, each mount once; of the others each costs only itself. */
function acceptVolumes(inputs: readonly unknown[], hour: number, findings: Findings): LoadFigures["volumes"] {
  const volumes = new Map<string, LoadFigures["volumes"][number]>();
  for (const [index, input] of inputs.entries()) {
    const volume = checkItem(VolumeLoad, input, ["load", hour, "volumes", index], findings);
    if (!volume) continue;
    const { mount, written, used } = volume;
    if (volumes.has(mount)) {
      const reason = `expected each mount once, got ${JSON.stringify(mount.slice(0, 60))} again`;
      findings.rejected.push({ path: `load[${hour}].volumes[${index}].mount`, reason });
      continue;
    }
    volumes.set(mount, {
      mount,
      ...(written && { written }),
      ...(used && { used: { samples: used.samples, sum: used.mean * used.samples, peak: used.peak } }),
    });
  }
  return [...volumes.values()];
}

/**
 * The load that a report tells, in hours of the site's clock: a part goes to the hour that its middle lies in.
 * @param seenAt times by the collector's clock
 */
export function acceptLoad(
  inputs: readonly unknown[],
  seenAt: (sent: SeenAt) => SeenAt,
  timeZoneOfSite: string,
  findings: Findings,
): AcceptedLoad[] {
  const accepted: AcceptedLoad[] = [];
  for (const [index, input] of inputs.entries()) {
    const part = checkItem(ReceivedLoadHour, input, ["load", index], findings);
    if (!part) continue;
    const { cpu, memory, network } = part;
    const seen = seenAt({ firstSeen: Date.parse(part.from), lastSeen: Date.parse(part.to) });
    const middle = Math.floor((seen.firstSeen + seen.lastSeen) / 2);
    accepted.push({
      day: siteDay(middle, timeZoneOfSite),
      hour: siteHour(middle, timeZoneOfSite),
      from: seen.firstSeen,
      to: seen.lastSeen,
      ...(cpu && { cpu: { ms: cpu.ms, busyMs: Math.round(cpu.mean * cpu.ms), peak: cpu.peak } }),
      ...(memory && {
        memory: { samples: memory.samples, sum: memory.mean * memory.samples, peak: memory.peak },
      }),
      ...(network && { network }),
      volumes: acceptVolumes(part.volumes, index, findings),
    });
  }
  return accepted;
}
