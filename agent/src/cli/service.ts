import { UsageError, messageOf } from "../errors.ts";
import { type Log, createLog } from "../logging.ts";
import { requireWindows } from "../service/errors.ts";
import { placesOfState } from "../service/places.ts";
import { type RotatedFile, createRotatedFile } from "../service/rotated-file.ts";
import { EXIT, SERVICE_NAME } from "../service/service-name.ts";
import type { EventLog } from "../windows/event-log.ts";
import { NotEnrolledError, run as runAgent } from "./run.ts";
import type { Streams } from "./streams.ts";

/** Five megabytes each: months of a healthy agent, hours of one that is asked for every detail. */
const LOG = { limitBytes: 5_000_000, keep: 4 };

interface ServiceOptions {
  state: string;
  config: string;
}

/**
 * What the Service Control Manager starts: the agent, which logs into a file and, what an administrator should know,
 * into the Event Log. Ends with a code of {@link EXIT}.
 *
 * @throws AgentError where nobody started it as a service.
 */
export async function run(options: ServiceOptions, streams: Streams): Promise<number> {
  requireWindows("service");
  const file = createRotatedFile({ file: placesOfState(options.state).log, ...LOG });
  const log = createLog("info", file);
  // A service has nobody who reads its standard error.
  process.on("uncaughtExceptionMonitor", (error) => log.error({ err: error }, "the agent ends by a fault of its own"));
  try {
    return await runLogged(options, streams, file);
  } catch (error) {
    log.error({ reason: messageOf(error) }, "the service cannot start");
    throw error;
  }
}

async function runLogged(options: ServiceOptions, streams: Streams, file: RotatedFile): Promise<number> {
  const { runAsService } = await import("../service/windows/service-host.ts");
  const { openEventLog } = await import("../windows/event-log.ts");
  return await runAsService(SERVICE_NAME, async (stopped, running) => {
    const events = openEventLog(SERVICE_NAME);
    const started = (): void => {
      events?.write("info", "The agent runs.");
      running();
    };
    const log = (least: Parameters<typeof createLog>[0]): Log => alsoErrorsTo(events, createLog(least, file));
    stopped.addEventListener("abort", () => log("info").info({}, "asked to stop"));
    try {
      await runAgent(options, streams, { stopped, log, started });
      events?.write("info", "The agent stopped as it was asked to.");
      return 0;
    } catch (error) {
      log("info").error({ reason: messageOf(error) }, "the service cannot run");
      if (error instanceof UsageError) return EXIT.badConfiguration;
      return error instanceof NotEnrolledError ? EXIT.notEnrolled : EXIT.failed;
    } finally {
      events?.close();
    }
  });
}

function alsoErrorsTo(events: EventLog | undefined, log: Log): Log {
  return {
    ...log,
    error(detail, message) {
      log.error(detail, message);
      const reason = "reason" in detail ? `: ${String(detail.reason)}` : "";
      events?.write("error", `${message}${reason}`);
    },
  };
}
