import { AgentError } from "../errors.ts";
import { openLibrary } from "./koffi.ts";

/** Error codes of Windows that somebody here looks at; winerror.h. */
export const ERROR = {
  fileNotFound: 2,
  pathNotFound: 3,
  accessDenied: 5,
  noMoreFiles: 18,
  sharingViolation: 32,
  bufferOverflow: 111,
  moreData: 234,
  noMoreItems: 259,
  invalidLevel: 124,
  notSupported: 50,
  serviceAlreadyRunning: 1056,
  serviceDoesNotExist: 1060,
  serviceCannotAcceptControl: 1061,
  serviceNotActive: 1062,
  serviceSpecific: 1066,
  timeout: 1460,
  invalidOperation: 4317,
} as const;

/** In words, as the system's own come in its language. */
const MEANINGS = new Map<number, string>([
  [ERROR.fileNotFound, "not found"],
  [ERROR.pathNotFound, "not found"],
  [ERROR.accessDenied, "access denied"],
  [ERROR.notSupported, "not supported"],
]);

/** A function of Windows refused. */
export class Win32Error extends AgentError {
  override name = "Win32Error";
  readonly code: number;

  constructor(what: string, code: number) {
    const meaning = MEANINGS.get(code);
    super(`${what}: Windows error ${code}${meaning === undefined ? "" : ` (${meaning})`}`);
    this.code = code;
  }
}

let getLastError: (() => number) | undefined;

/** ERROR_GEN_FAILURE: a call that failed gave no code. */
const NO_CODE = 31;

/** The error code of the last call through koffi, which failed; koffi keeps it from one call to the next. Never 0. */
export function lastErrorCode(): number {
  getLastError ??= openLibrary("kernel32.dll").func("uint32 GetLastError()");
  return getLastError() || NO_CODE;
}

/** The same as an error. */
export function lastError(what: string): Win32Error {
  return new Win32Error(what, lastErrorCode());
}
