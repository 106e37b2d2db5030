import { AgentError } from "../../errors.ts";
import { loadKoffi, openLibrary } from "../../windows/koffi.ts";
import { ERROR } from "../../windows/win32-error.ts";
import { ACCEPTED_CONTROLS, meaningOf } from "./control-codes.ts";
import { OWN_PROCESS, SERVICE_STATUS, STATE } from "./service-status.ts";

/** winerror.h. */
const CALL_NOT_IMPLEMENTED = 120;

/** What is being waited for is promised within this. */
const PENDING_MS = 5000;
/** The spool is on the disk all along: who is not done by then loses at most its last attempt to send. */
const LONGEST_STOP_MS = 4500;

/** The service's work: resolves to its exit code, 0 where it ended as asked. */
type Work = (stopped: AbortSignal, running: () => void) => Promise<number>;

/**
 * Runs work as the Windows service that this process was started as, and resolves to its exit code when the Service
 * Control Manager lets go of it. The manager calls on threads of its own; koffi brings the calls to this one.
 *
 * @param work must call `running` when it has begun, and end within {@link LONGEST_STOP_MS} of the signal: else the
 *   service is said to be stopped without it.
 * @throws AgentError where nobody started this process as a service.
 */
export async function runAsService(name: string, work: Work): Promise<number> {
  const koffi = loadKoffi();
  const advapi = openLibrary("advapi32.dll");
  const mainType = koffi.pointer(koffi.proto("void PortolanServiceMain(uint32 count, void *arguments)"));
  const handlerType = koffi.pointer(
    koffi.proto("uint32 PortolanServiceHandler(uint32 control, uint32 event, void *data, void *context)"),
  );
  const status = koffi.struct(SERVICE_STATUS);
  const entry = koffi.struct({ name: "str16", main: mainType });
  const dispatch = advapi.func("StartServiceCtrlDispatcherW", "int", [koffi.pointer(entry)]);
  const registerHandler = advapi.func("RegisterServiceCtrlHandlerExW", "void *", ["str16", handlerType, "void *"]);
  const setStatus = advapi.func("SetServiceStatus", "int", ["void *", koffi.pointer(status)]);

  const stopping = new AbortController();
  let handle: unknown = null;
  let isStopped = false;
  let exitCode = 1;
  let latest: NodeJS.Timeout | undefined;

  const tell = (state: number): void => {
    if (isStopped) return;
    isStopped = state === STATE.stopped;
    const isPending = state === STATE.startPending || state === STATE.stopPending;
    setStatus(handle, {
      type: OWN_PROCESS,
      state,
      accepted: state === STATE.running ? ACCEPTED_CONTROLS : 0,
      win32ExitCode: isStopped && exitCode !== 0 ? ERROR.serviceSpecific : 0,
      serviceExitCode: isStopped ? exitCode : 0,
      checkPoint: isPending ? 1 : 0,
      waitHint: isPending ? PENDING_MS : 0,
    });
  };
  const end = (code: number): void => {
    clearTimeout(latest);
    exitCode = code;
    tell(STATE.stopped);
  };
  const control = (code: number): number => {
    const meaning = meaningOf(code);
    if (meaning === "unknown") return CALL_NOT_IMPLEMENTED;
    if (meaning === "nothing" || stopping.signal.aborted) return 0;
    tell(STATE.stopPending);
    latest = setTimeout(() => end(0), LONGEST_STOP_MS);
    stopping.abort();
    return 0;
  };
  const handlerPointer = koffi.register(control, handlerType);
  const main = (): void => {
    handle = registerHandler(name, handlerPointer, null);
    tell(STATE.startPending);
    work(stopping.signal, () => tell(STATE.running)).then(end, () => end(1));
  };
  const mainPointer = koffi.register(main, mainType);

  return new Promise((resolve, reject) => {
    const table = [
      { name, main: mainPointer },
      { name: null, main: null },
    ];
    // Blocks a thread of libuv's until the service has stopped.
    dispatch.async(table, (error: unknown, succeeded: number) => {
      if (succeeded !== 0) return resolve(exitCode);
      if (error instanceof Error) return reject(error);
      return reject(new AgentError("only the Service Control Manager starts this: sc start PortolanAgent"));
    });
  });
}
