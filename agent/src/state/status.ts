import { readFileSync } from "node:fs";
import type { Source } from "@portolan/protocol";
import { type Log, createFaultLog } from "../logging.ts";
import type { SpoolSize } from "../delivery/spool-size.ts";
import { messageOf } from "../errors.ts";
import { replaceFile } from "./atomic-file.ts";

/** What a running agent leaves for `status`; times are RFC 3339 UTC, sizes bytes. */
export interface Status {
  pid: number;
  startedAt: string;
  updatedAt: string;
  lastSampleAt?: string;
  sources?: Source[];
  spool: SpoolSize;
  lastAnswer?: { at: string; status: number; applied?: boolean; duplicate?: boolean; rejected?: number };
  lastError?: { at: string; message: string };
  /** False after the collector answered 401. */
  authorised: boolean;
  sampleSeconds: number;
  reportSeconds: number;
}

export interface StatusFile {
  /** Changes some of the status and writes all of it; a disk that refuses is logged, never thrown. */
  update(change: Partial<Status>): Promise<void>;
}

/** Keeps the status file of a running agent. Writes are made one after the other and replace the file whole. */
export function createStatusFile(file: string, initial: Status, log: Log): StatusFile {
  let status = initial;
  let writing: Promise<void> = Promise.resolve();
  const fault = createFaultLog(log);
  return {
    update(change) {
      status = { ...status, ...change, updatedAt: new Date().toISOString() };
      writing = writing
        .then(() => replaceFile(file, JSON.stringify(status), { mode: 0o644, durable: false }))
        .then(
          () => fault.over("status file written again"),
          (error: unknown) => fault.happened({ reason: messageOf(error) }, "status file not written"),
        );
      return writing;
    },
  };
}

/** The last status that a `run` left, or nothing when there is none or it makes no sense. */
export function readStatus(file: string): Status | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isStatus(content) ? content : undefined;
  } catch {
    return undefined;
  }
}

function isStatus(content: unknown): content is Status {
  return typeof content === "object" && content !== null && "updatedAt" in content && "spool" in content;
}
