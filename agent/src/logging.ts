import pino from "pino";
import type { Config } from "./config.ts";

/** What the agent's parts need of a log. Never hand it a secret. */
export interface Log {
  debug(detail: object, message: string): void;
  info(detail: object, message: string): void;
  warn(detail: object, message: string): void;
  error(detail: object, message: string): void;
}

/** A log of JSON lines on the given stream; the host's own name stays out of it. */
export function createLog(level: Config["logLevel"], stream: NodeJS.WritableStream): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
}
