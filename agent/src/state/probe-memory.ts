import { OUTCOMES, type ProbeMemory, type ProbeResult } from "../directory/directory-reader.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../logging.ts";
import { readFileWithin } from "../read-file-within.ts";
import { replaceFile } from "./atomic-file.ts";

const MOST_BYTES = 64 * 1024;

/** Keeps what a controller last said in a file; without it a restart would ask again within the hour. */
export function createProbeMemory(file: string, log: Log): ProbeMemory {
  return {
    recall() {
      const reading = readFileWithin(file, MOST_BYTES);
      if (reading.state !== "read") return undefined;
      try {
        const content: unknown = JSON.parse(reading.bytes.toString("utf8"));
        return isProbeResult(content) ? content : undefined;
      } catch {
        return undefined;
      }
    },
    async keep(result) {
      try {
        await replaceFile(file, `${JSON.stringify(result)}\n`, { durable: false });
      } catch (error) {
        log.warn({ reason: messageOf(error) }, "what the domain controller said is not remembered");
      }
    },
  };
}

/** Our own file, if a person didn't change it: what the judgement hangs on is checked. */
function isProbeResult(content: unknown): content is ProbeResult {
  if (typeof content !== "object" || content === null) return false;
  const value = (key: string): unknown => Reflect.get(content, key);
  return (
    typeof value("tool") === "string" &&
    OUTCOMES.some((outcome) => outcome === value("outcome")) &&
    typeof value("membership") === "string" &&
    Number.isFinite(value("at")) &&
    Number.isFinite(value("ms"))
  );
}
