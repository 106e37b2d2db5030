import { randomBytes } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { loadConfig } from "../config.ts";
import { numberDraft } from "../delivery/report.ts";
import { AgentError, codeOf, messageOf } from "../errors.ts";
import { createLog } from "../logging.ts";
import { createProbeMemory } from "../state/probe-memory.ts";
import { stateDirAt } from "../state/state-dir.ts";
import { watch } from "../watch.ts";
import { parseDuration } from "./duration.ts";
import { keepLocalId, localAgentId } from "./local-id.ts";
import { inventoryOf, observeHost } from "./observing.ts";
import { stopSignal } from "./stop-signal.ts";
import type { Streams } from "./streams.ts";

/**
 * Writes reports into a file, for hosts that reach no collector: one report a line. In a `.gz` file each line is a gzip
 * member of its own, so that the file is whole after every line, whatever ends the capture.
 */
export async function run(
  options: { output: string; for?: string; config?: string; state: string },
  { stderr }: Streams,
): Promise<number> {
  const config = loadConfig(options.config);
  const limitMs = options.for === undefined ? undefined : parseDuration(options.for);
  const log = createLog(config.logLevel, stderr);
  const file = await create(options.output);
  const stop = stopSignal();
  const timer = limitMs === undefined ? undefined : setTimeout(stop.stop, limitMs);
  try {
    const agentId = localAgentId(options.state);
    const notKept = await keepLocalId(options.state, agentId);
    if (notKept !== undefined) log.warn({ reason: notKept }, "this capture's agent id is not kept for the next one");
    const probeMemory = createProbeMemory(stateDirAt(options.state).directoryProbe, log);
    const { observer, directory } = await observeHost(config, log, { stays: true, probeMemory, signal: stop.signal });
    const epoch = randomBytes(16).toString("hex");
    let number = 0;
    const inventory = inventoryOf(config, stop.signal);
    await watch(
      {
        observer,
        inventory,
        directory,
        pace: { ...config },
        log,
        hasRoom: () => true,
        async deliver(drafts) {
          for (const [index, draft] of drafts.entries()) {
            const report = numberDraft(draft, agentId, { epoch, number: number + 1 }, Date.now());
            const kept = await append(file, options.output, JSON.stringify(report));
            if (kept !== undefined) {
              log.error({ reason: kept }, "the capture cannot be written; the report is kept in memory");
              return drafts.slice(index);
            }
            number += 1;
          }
          return [];
        },
        looked: async () => {},
      },
      stop.signal,
    );
    await observer.close();
    stderr.write(`${number} reports written to ${options.output}\n`);
    return number > 0 ? 0 : 1;
  } finally {
    clearTimeout(timer);
    stop.release();
    await file.close();
  }
}

async function create(path: string): Promise<FileHandle> {
  try {
    return await open(path, "wx", 0o600);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw new AgentError(`${path} exists already; name another file`, { cause: error });
    throw new AgentError(`${path} cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

/** Appends a line whole or not at all; resolves to the reason where it could not. */
async function append(file: FileHandle, path: string, line: string): Promise<string | undefined> {
  const { gzipSync } = process.getBuiltinModule("node:zlib");
  const text = Buffer.from(`${line}\n`);
  const { size } = await file.stat();
  try {
    await file.appendFile(path.endsWith(".gz") ? gzipSync(text) : text);
    await file.sync();
    return undefined;
  } catch (error) {
    await file.truncate(size).catch(() => {});
    return messageOf(error);
  }
}
