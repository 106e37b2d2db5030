import type { Source } from "@portolan/protocol";
import type { ConnectionEvent } from "../sampler.ts";

/** Word of one connection from a log, and what it says of the process. */
export interface ToldEvent {
  event: ConnectionEvent;
  pid?: number;
  /** The program's file as the kernel writes it; for a process that is gone by now. */
  application?: string;
}

interface TakenLog {
  told: ToldEvent[];
  source: Omit<Source, "blindTo">;
  /** Works, and what it shows is not all that it could. */
  isBlind: boolean;
}

/** A log of the site's that is followed beside the tables. */
export interface LogSource {
  /** What was written since the last call, and how it fared. Never throws. */
  take(): TakenLog;
  close(): void;
}
