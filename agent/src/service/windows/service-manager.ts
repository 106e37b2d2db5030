import { setTimeout as sleep } from "node:timers/promises";
import { openLibrary, loadKoffi } from "../../windows/koffi.ts";
import { ERROR, Win32Error, lastError } from "../../windows/win32-error.ts";
import { serviceSettings } from "./service-settings.ts";
import { OWN_PROCESS, SERVICE_STATUS, STATE } from "./service-status.ts";

/** winsvc.h. */
const MANAGER_CONNECT = 0x1;
const MANAGER_CREATE_SERVICE = 0x2;
const SERVICE_ALL_ACCESS = 0xf01ff;
const AUTO_START = 2;
const ERROR_NORMAL = 1;
const CONTROL_STOP = 1;
const LOOK_EVERY_MS = 100;

/** What a service does now, as SERVICE_STATUS tells it. */
interface ServiceState {
  state: number;
  win32ExitCode: number;
  /** The service's own code, where `win32ExitCode` is 1066. */
  serviceExitCode: number;
}

/** A registered service; close it. */
interface ServiceHandle {
  /** @throws Win32Error where it does not run within the time, or stops by itself. */
  start(timeoutMs: number): Promise<void>;
  /** Asks it to stop and waits until it has; one that is stopped is fine. */
  stop(timeoutMs: number): Promise<void>;
  /** Marks it for deletion: it is gone when nobody holds it any more. */
  remove(): void;
  state(): ServiceState;
  close(): void;
}

/** The Service Control Manager, opened with the right to make services. */
export interface ServiceManager {
  find(name: string): ServiceHandle | undefined;
  /** Registers a service that starts by itself some minutes after the machine; `lacking` are settings that this Windows does not know. */
  create(service: NewService): { handle: ServiceHandle; lacking: string[] };
  close(): void;
}

interface NewService {
  name: string;
  displayName: string;
  description: string;
  account: string;
  /** The whole command line, its parts quoted where they hold spaces. */
  commandLine: string;
}

/** @throws Win32Error, with code 5 where the caller is no administrator. */
export function openServiceManager(): ServiceManager {
  const advapi = openLibrary("advapi32.dll");
  const open = advapi.func("void *OpenSCManagerW(str16 machine, str16 database, uint32 access)");
  const openService = advapi.func("void *OpenServiceW(void *manager, str16 name, uint32 access)");
  const closeHandle = advapi.func("int CloseServiceHandle(void *handle)");
  const createService = advapi.func(
    "void *CreateServiceW(void *manager, str16 name, str16 display, uint32 access, uint32 type, uint32 start, uint32 onError, str16 commandLine, str16 group, void *tag, void *dependencies, str16 account, str16 password)",
  );
  const manager: unknown = open(null, null, MANAGER_CONNECT | MANAGER_CREATE_SERVICE);
  if (manager === null) throw lastError("the Service Control Manager");
  return {
    find(name) {
      const handle: unknown = openService(manager, name, SERVICE_ALL_ACCESS);
      if (handle !== null) return handleOf(handle, name);
      const error = lastError(`the service ${name}`);
      if (error.code === ERROR.serviceDoesNotExist) return undefined;
      throw error;
    },
    create({ name, displayName, description, account, commandLine }) {
      const how = [SERVICE_ALL_ACCESS, OWN_PROCESS, AUTO_START, ERROR_NORMAL, commandLine];
      const handle: unknown = createService(manager, name, displayName, ...how, null, null, null, account, null);
      if (handle === null) throw lastError(`the service ${name}`);
      const made = handleOf(handle, name);
      try {
        return { handle: made, lacking: serviceSettings(handle, description) };
      } catch (error) {
        made.remove();
        made.close();
        throw error;
      }
    },
    close: () => void closeHandle(manager),
  };
}

function handleOf(handle: unknown, name: string): ServiceHandle {
  const koffi = loadKoffi();
  const advapi = openLibrary("advapi32.dll");
  const status = koffi.struct(SERVICE_STATUS);
  const outStatus = koffi.out(koffi.pointer(status));
  const query = advapi.func("QueryServiceStatus", "int", ["void *", outStatus]);
  const control = advapi.func("ControlService", "int", ["void *", "uint32", outStatus]);
  const startService = advapi.func("int StartServiceW(void *service, uint32 count, void *arguments)");
  const deleteService = advapi.func("int DeleteService(void *service)");
  const closeHandle = advapi.func("int CloseServiceHandle(void *handle)");
  const what = `the service ${name}`;

  const state = (): ServiceState => {
    const now: ServiceState = { state: 0, win32ExitCode: 0, serviceExitCode: 0 };
    if (query(handle, now) === 0) throw lastError(what);
    return now;
  };
  /** Resolves to the state that it is in at the end of the time, at the latest. */
  const reached = async (wanted: readonly number[], timeoutMs: number): Promise<ServiceState> => {
    const end = performance.now() + timeoutMs;
    for (;;) {
      const now = state();
      if (wanted.includes(now.state) || performance.now() > end) return now;
      await sleep(LOOK_EVERY_MS);
    }
  };
  return {
    state,
    async start(timeoutMs) {
      if (startService(handle, 0, null) === 0) {
        const error = lastError(`${what} cannot be started`);
        if (error.code !== ERROR.serviceAlreadyRunning) throw error;
      }
      const now = await reached([STATE.running, STATE.stopped], timeoutMs);
      if (now.state === STATE.running) return;
      const own = now.win32ExitCode === ERROR.serviceSpecific ? `, its own code ${now.serviceExitCode}` : "";
      throw new Win32Error(`${what} does not run (state ${now.state}${own})`, now.win32ExitCode);
    },
    async stop(timeoutMs) {
      const end = performance.now() + timeoutMs;
      while (control(handle, CONTROL_STOP, {}) === 0) {
        const error = lastError(`${what} cannot be stopped`);
        if (error.code === ERROR.serviceNotActive) break;
        // One that starts takes no control until it runs, and one that stops already none at all.
        if (error.code !== ERROR.serviceCannotAcceptControl || performance.now() > end) throw error;
        await sleep(LOOK_EVERY_MS);
      }
      const now = await reached([STATE.stopped], timeoutMs);
      if (now.state !== STATE.stopped) throw new Win32Error(`${what} does not stop (state ${now.state})`, 0);
    },
    remove() {
      if (deleteService(handle) === 0) throw lastError(`${what} cannot be deleted`);
    },
    close: () => void closeHandle(handle),
  };
}
