import { AgentError } from "../errors.ts";
import { openLibrary } from "./koffi.ts";

/** Error codes of Windows that somebody here looks at; winerror.h. */
export const ERROR = {
  accessDenied: 5,
  invalidLevel: 124,
  notSupported: 50,
  serviceAlreadyRunning: 1056,
  serviceDoesNotExist: 1060,
  serviceNotActive: 1062,
  notStartedAsService: 1063,
  serviceSpecific: 1066,
  serviceExists: 1073,
} as const;

/** A function of Windows refused. */
export class Win32Error extends AgentError {
  override name = "Win32Error";
  readonly code: number;

  constructor(what: string, code: number) {
    super(`${what}: Windows error ${code}`);
    this.code = code;
  }
}

let getLastError: (() => number) | undefined;

/** The error of the last call through koffi, which keeps it from one call to the next. */
export function lastError(what: string): Win32Error {
  getLastError ??= openLibrary("kernel32.dll").func("uint32 GetLastError()");
  return new Win32Error(what, getLastError());
}
