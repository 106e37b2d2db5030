import { constants, gunzipSync } from "node:zlib";
import type { Rejection } from "@portolan/protocol";
import { acceptReport } from "../ingest/accept-report.ts";
import { shown } from "../ingest/describe-issue.ts";
import { isShallow, MOST_LEVELS } from "../ingest/nesting.ts";
import { isTimeZone } from "../ingest/site-day.ts";
import type { AcceptedReport } from "../storage/accepted-report.ts";
import type { ImportedReport } from "../storage/imports.ts";
import type { BadLine } from "./bad-line.ts";
import { DEFAULT_SITE } from "./default-site.ts";
import { isGzip } from "./detect-format.ts";

/** Bounds what a small file may unfold to; a file that was cut off gives what there is. */
const UNPACKING = { maxOutputLength: 1 << 30, finishFlush: constants.Z_SYNC_FLUSH };

interface ReportFileOptions {
  site?: string;
  /** Host that the file is about, where its reports don't say. */
  hostname?: string;
  /** Absent: each report's own time zone. */
  timeZoneOfSite?: string;
  receivedAt: number;
}

/** Good reports stand beside what was bad: a capture that was cut off ends in half a line. */
export interface ParsedReportFile {
  reports: ImportedReport[];
  /** Lines of which nothing was taken. */
  bad: BadLine[];
  /** Items that were left out of reports that were taken. */
  rejected: (Rejection & { line: number })[];
  unknownKeys: number;
}

interface TakenLine {
  line: number;
  timeZone: string;
  report: AcceptedReport;
}

/** A file written by `portolan-agent capture`: one report a line, or one JSON object; plain or gzip. */
export function parseReportFile(bytes: Uint8Array, options: ReportFileOptions): ParsedReportFile {
  const result: ParsedReportFile = { reports: [], bad: [], rejected: [], unknownKeys: 0 };
  const text = unpack(bytes);
  if (text === undefined) {
    const reason = "expected UTF-8 text, plain or packed by gzip";
    return { ...result, bad: [{ line: 1, value: "", reason }] };
  }
  const taken = bodies(text, result)
    .map(({ line, body }) => takeLine(line, body, options, result))
    .filter((entry) => entry !== undefined);
  const hostOf = new Map(taken.flatMap(({ report }) => (report.host ? [[report.agentId, report.host] as const] : [])));
  for (const { line, timeZone, report } of taken) {
    const facts = report.host ?? hostOf.get(report.agentId);
    const hostname = options.hostname ?? facts?.hostname;
    if (hostname === undefined) {
      const reason = "no report of this agent names its host: say which host the file is about";
      result.bad.push({ line, column: "host", value: report.agentId, reason });
      continue;
    }
    const machineId = facts?.machineId;
    const site = options.site ?? DEFAULT_SITE;
    // Who names the host knows better than a machine that calls itself localhost.
    const named = report.host ? { ...report, host: { ...report.host, hostname } } : report;
    result.reports.push({ site, hostname, ...(machineId !== undefined && { machineId }), timeZone, report: named });
  }
  result.bad.sort((a, b) => a.line - b.line);
  return result;
}

function unpack(bytes: Uint8Array): string | undefined {
  try {
    const plain = isGzip(bytes) ? gunzipSync(bytes, UNPACKING) : bytes;
    return new TextDecoder("utf-8", { fatal: true }).decode(plain);
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}

/** The JSON values of the file with their lines; lines that are no JSON become bad ones. */
function bodies(text: string, { bad }: ParsedReportFile): { line: number; body: unknown }[] {
  const whole = parseJson(text);
  if (whole) return [{ line: 1, body: whole.value }];
  const found: { line: number; body: unknown }[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const parsed = parseJson(line);
    if (parsed) found.push({ line: index + 1, body: parsed.value });
    else bad.push({ line: index + 1, value: line.slice(0, 60), reason: "expected one report as JSON on one line" });
  }
  return found;
}

function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function takeLine(
  line: number,
  body: unknown,
  { timeZoneOfSite, receivedAt }: ReportFileOptions,
  result: ParsedReportFile,
): TakenLine | undefined {
  if (!isShallow(body)) {
    const reason = `expected at most ${MOST_LEVELS} levels of nesting`;
    result.bad.push({ line, value: "", reason });
    return undefined;
  }
  const named = typeof body === "object" && body !== null && "timeZone" in body ? body.timeZone : undefined;
  const timeZone = typeof named === "string" ? named : "UTC";
  if (timeZoneOfSite === undefined && !isTimeZone(timeZone)) {
    const reason = "expected a time zone such as Asia/Seoul";
    result.bad.push({ line, column: "timeZone", value: shown(named), reason });
    return undefined;
  }
  const outcome = acceptReport(body, { receivedAt, timeZoneOfSite: timeZoneOfSite ?? timeZone });
  if (!outcome.ok) {
    for (const { path, reason } of outcome.issues) result.bad.push({ line, column: path, value: "", reason });
    return undefined;
  }
  result.rejected.push(...outcome.rejected.map((rejection) => Object.assign({ line }, rejection)));
  result.unknownKeys += outcome.unknownKeys;
  return { line, timeZone, report: outcome.report };
}
