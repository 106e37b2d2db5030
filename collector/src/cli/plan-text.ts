import type { PlanDocument } from "@portolan/api";
import { oneLine, table } from "./table.ts";

/** "2026-12-04 11:00" of an RFC 3339 time. */
const minute = (time: string) => time.slice(0, 16).replace("T", " ");

const rounded = (gigabytes: number | undefined) => (gigabytes === undefined ? "" : gigabytes.toFixed(1));

/** What each host has to copy and to catch up with; nothing where nobody knows. */
function dataText({ waves }: PlanDocument): string {
  const rows = waves.flatMap(({ number, data = [] }) =>
    data.map(({ host, dataGB, changedGBPerDay }) => [number, host, rounded(dataGB), rounded(changedGBPerDay)]),
  );
  const isKnown = waves.some(({ changedGBPerDay }) => changedGBPerDay !== undefined);
  return isKnown ? `\n${table(["WAVE", "HOST", "GB", "GB/DAY"], rows)}` : "";
}

/** A plan for people: its waves as a table, what to see to before each, and the data of their hosts. */
export function planText(plan: PlanDocument): string {
  const rows = plan.waves.map((wave) => [
    wave.number,
    wave.start === undefined ? "no calendar" : `${minute(wave.start)} to ${minute(wave.end ?? "")}`,
    wave.servers,
    Math.round(wave.dataGB),
    rounded(wave.changedGBPerDay),
    wave.hosts.join(", "),
  ]);
  const { cut } = plan.cost;
  const lines = [
    `Plan ${plan.id}: ${plan.waves.length} wave(s), ${cut} ${cut === 1 ? "dependency" : "dependencies"} cut between waves.`,
    plan.recommendation,
    ...plan.warnings.map((warning) => `Warning: ${warning}`),
    ...plan.waves.flatMap(({ number, warnings = [] }) => warnings.map((warning) => `Wave ${number}: ${warning}`)),
  ];
  return `${lines.map(oneLine).join("\n")}\n\n${table(["WAVE", "WINDOW (UTC)", "SERVERS", "GB", "GB/DAY", "HOSTS"], rows)}${dataText(plan)}`;
}
