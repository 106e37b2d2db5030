import type { Config } from "./config.ts";

/** What the agent's parts need of a log. Never hand it a secret. */
export interface Log {
  debug(detail: object, message: string): void;
  info(detail: object, message: string): void;
  warn(detail: object, message: string): void;
  error(detail: object, message: string): void;
}

/** The numbers that pino gives its levels, so that its tools read these lines. */
const LEVELS = { debug: 20, info: 30, warn: 40, error: 50 };

/**
 * A log of JSON lines in pino's format on the given stream. Not pino itself: with its streams and threads it adds
 * 3.5 MB to the agent's memory, for half a dozen lines an hour.
 */
export function createLog(least: Config["logLevel"], stream: { write(text: string): unknown }): Log {
  const at =
    (level: keyof typeof LEVELS) =>
    (detail: object, message: string): void => {
      if (LEVELS[level] < LEVELS[least]) return;
      const line = { level: LEVELS[level], time: new Date().toISOString(), ...detail, msg: message };
      stream.write(`${JSON.stringify(line, readable)}\n`);
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Tells of a fault that lasts once, and once that it is over: a full disk meets every sample. */
export interface FaultLog {
  happened(detail: object, message: string): void;
  over(message: string): void;
}

export function createFaultLog(log: Log): FaultLog {
  let lasts = false;
  return {
    happened(detail, message) {
      if (!lasts) log.error(detail, message);
      lasts = true;
    },
    over(message) {
      if (lasts) log.info({}, message);
      lasts = false;
    },
  };
}

/** An error as JSON; by itself it would be `{}`. */
function readable(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { type: value.name, message: value.message, stack: value.stack };
}
