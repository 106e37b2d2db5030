import { createHash, randomUUID } from "node:crypto";
import type { Rejection } from "@portolan/protocol";
import { ApiError, type Issue } from "../errors.ts";
import type { Actor } from "../storage/access.ts";
import type { ImportRecord } from "../storage/imports.ts";
import type { Storage } from "../storage/storage.ts";
import { parseLinkedServers } from "../linked-servers/parse-linked-servers.ts";
import { detectFormat } from "./detect-format.ts";
import { parseFlowsCsv } from "./parse-flows-csv.ts";
import { parseHostsCsv } from "./parse-hosts-csv.ts";
import { parseReportFile } from "./parse-report-file.ts";

type Format = "report" | "flows-csv" | "hosts-csv" | "linked-servers";

export interface ImportRequest {
  format: Format | "auto";
  /** The file's name, for the list of imports. */
  name: string;
  site: string;
  /** Of linked servers: the host that the engine runs on. Of a report file: the one that it is about. */
  host?: string | undefined;
}

interface Taken {
  content: Parameters<Storage["saveImport"]>[1];
  items: number;
  rejected: Rejection[];
}

function formatOf(request: ImportRequest, bytes: Uint8Array): Format {
  if (request.format !== "auto") return request.format;
  const found = detectFormat(bytes);
  if (found) return found;
  throw new ApiError(
    "invalid_file",
    "neither a report of portolan-agent capture, nor a flows.csv, nor linked servers: name the format",
  );
}

function refuse(bad: readonly Issue[]): never {
  throw new ApiError("invalid_file", undefined, bad);
}

/** Days are the site's; of a site that is not known yet, those of the captured host. */
function takeReports(bytes: Uint8Array, request: ImportRequest, now: number, timeZoneOfSite?: string): Taken {
  const site = { site: request.site, ...(timeZoneOfSite !== undefined && { timeZoneOfSite }) };
  const host = request.host === undefined ? {} : { hostname: request.host };
  const parsed = parseReportFile(bytes, { ...site, ...host, receivedAt: now });
  if (parsed.reports.length === 0) refuse(parsed.bad);
  const bad = parsed.bad.map((line) => ({
    path: `line ${line.line}${line.column ? ` ${line.column}` : ""}`,
    reason: line.reason,
  }));
  const rejected = parsed.rejected.map(({ line, path, reason }) => ({ path: `line ${line} ${path}`, reason }));
  const items = parsed.reports.reduce((sum, entry) => sum + entry.report.flows.length, 0);
  return { content: { reports: parsed.reports }, items, rejected: [...bad, ...rejected] };
}

/** No engine knows by which name its host is known here. */
function takeLinkedServers(bytes: Uint8Array, { site, host }: ImportRequest): Taken {
  if (host === undefined) {
    const reason = "expected the name of the host that the engine runs on";
    throw new ApiError("invalid_request", undefined, [{ path: "host", value: "", reason }]);
  }
  const lists = parseLinkedServers(bytes, { site, host });
  if (!lists.ok) return refuse(lists.bad);
  const items = lists.value.reduce((sum, list) => sum + list.items.length, 0);
  return { content: { addressLists: lists.value }, items, rejected: [] };
}

async function take(
  storage: Storage,
  format: Format,
  request: ImportRequest,
  bytes: Uint8Array,
  now: number,
): Promise<Taken> {
  if (format === "linked-servers") return takeLinkedServers(bytes, request);
  if (format !== "report" && request.host !== undefined)
    throw new ApiError("invalid_request", undefined, [
      {
        path: "host",
        value: request.host,
        reason: `expected nothing: a file of format ${format} names its hosts itself`,
      },
    ]);
  if (format === "report") return takeReports(bytes, request, now, await storage.findSiteTimeZone(request.site));
  if (format === "hosts-csv") {
    const hosts = parseHostsCsv(bytes, { site: request.site });
    return hosts.ok ? { content: { hosts: hosts.value }, items: hosts.value.length, rejected: [] } : refuse(hosts.bad);
  }
  const timeZone = await storage.siteTimeZone(request.site);
  const flows = parseFlowsCsv(bytes, { site: request.site, timeZone });
  return flows.ok ? { content: { flows: flows.value }, items: flows.value.length, rejected: [] } : refuse(flows.bad);
}

/**
 * Takes a file: whole, or (of a report file, which may end in half a line) its good reports with the rest listed.
 * The same file twice counts once.
 */
export async function importFile(
  storage: Storage,
  request: ImportRequest,
  bytes: Uint8Array,
  actor: Actor,
  now: number,
): Promise<{ record: ImportRecord; duplicate: boolean; rejected: Rejection[] }> {
  const format = formatOf(request, bytes);
  const { content, items, rejected } = await take(storage, format, request, bytes, now);
  const saved = await storage.saveImport(
    {
      id: `i-${randomUUID().slice(0, 8)}`,
      format,
      fileName: request.name,
      // Site and host are part of what a file says: the same list at two sites is two lists of hosts.
      contentHash: createHash("sha256")
        .update(`${format}\0${request.site}\0${request.host ?? ""}\0`)
        .update(bytes)
        .digest("hex"),
      at: now,
      items,
    },
    content,
    actor,
  );
  return { ...saved, rejected };
}
