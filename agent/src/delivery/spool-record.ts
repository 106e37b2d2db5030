import { createHash, randomBytes } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { messageOf } from "../errors.ts";
import type { Draft } from "./report.ts";

/** A spooled report as it lies on the disk. */
export interface SpoolRecord {
  /** Random; never given twice. Nothing for a report that an agent before this format spooled. */
  id?: string;
  /** Ids of reports that were merged into this one: where their files still stand, they count no more. */
  includes: string[];
  /** Of the agent that saw it: a report sent again after an upgrade must be the same byte for byte. */
  agentVersion: string;
  /** The local calendar day that the whole window lies in; nothing where it lies in none. */
  day?: string;
  draft: Draft;
}

/** The record of a report that was never spooled. */
export function recordOf(draft: Draft, agentVersion: string): SpoolRecord {
  const day = dayOf(draft);
  return { id: newId(), includes: [], agentVersion, ...(day !== undefined && { day }), draft };
}

/**
 * The record of a sum, which stands where `record` stood.
 *
 * @param includes ids of reports in it whose files may still stand
 */
export function recordOfSum(record: SpoolRecord, draft: Draft, includes: string[], agentVersion: string): SpoolRecord {
  return { ...record, id: newId(), includes, agentVersion, draft };
}

function newId(): string {
  return randomBytes(8).toString("hex");
}

/** The calendar day of this process's time zone that the whole window lies in. */
function dayOf({ window }: Draft): string | undefined {
  const [from, to] = [window.from, window.to].map((time) => new Date(time).toDateString());
  return from === to ? from : undefined;
}

/** gzip's magic and method; then come flags, time, extra flags and system (RFC 1952 2.3). */
const HEADER_BYTES = 10;
const FLAGS_AT = 3;
const EXTRA_FLAG = 4;
/** The extra field (RFC 1952 2.3.1.1): its length, our subfield's name "PT" and length, and the SHA-256. */
const EXTRA = Buffer.from([36, 0, 0x50, 0x54, 32, 0]);
const CONTENT_AT = HEADER_BYTES + EXTRA.length + 32;

/** A gzip file that any gunzip reads, with the SHA-256 of all its other bytes in its header. */
export function encodeRecord(record: SpoolRecord): Buffer {
  const zipped = gzipSync(JSON.stringify(record));
  const header = Buffer.concat([zipped.subarray(0, HEADER_BYTES), EXTRA]);
  header.writeUInt8(EXTRA_FLAG, FLAGS_AT);
  const content = zipped.subarray(HEADER_BYTES);
  return Buffer.concat([header, digest(header, content), content]);
}

/** The reverse of {@link encodeRecord}, or why these bytes are not what was written. */
export function decodeRecord(bytes: Buffer, agentVersion: string): { record: SpoolRecord } | { reason: string } {
  const header = bytes.subarray(0, HEADER_BYTES + EXTRA.length);
  try {
    if (!header.subarray(HEADER_BYTES).equals(EXTRA)) return decodeUnchecked(bytes, agentVersion);
    const content = bytes.subarray(CONTENT_AT);
    if (!digest(header, content).equals(bytes.subarray(header.length, CONTENT_AT))) {
      return { reason: "unreadable: its checksum does not fit its content" };
    }
    const record: unknown = JSON.parse(gunzipSync(bytes).toString("utf8"));
    return isRecord(record) ? { record } : { reason: "not a report" };
  } catch (error) {
    return { reason: `unreadable: ${messageOf(error)}` };
  }
}

/** A report of an agent before this format: gzip's own CRC-32 alone guards it. */
function decodeUnchecked(bytes: Buffer, agentVersion: string): { record: SpoolRecord } | { reason: string } {
  const draft: unknown = JSON.parse(gunzipSync(bytes).toString("utf8"));
  return isDraft(draft) ? { record: { includes: [], agentVersion, draft } } : { reason: "not a report" };
}

function digest(...parts: Buffer[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** Enough to know that an agent of this format wrote it: its checksum has been verified. */
function isRecord(content: unknown): content is SpoolRecord {
  return typeof content === "object" && content !== null && "draft" in content && isDraft(content.draft);
}

function isDraft(content: unknown): content is Draft {
  return typeof content === "object" && content !== null && "flows" in content && Array.isArray(content.flows);
}
