import { loadKoffi, openLibrary } from "../../windows/koffi.ts";
import { ERROR, lastError } from "../../windows/win32-error.ts";

/** SC_ACTION_RESTART of winsvc.h. */
const RESTART = 1;
/** After the third failure within a day, the last pause holds for all that follow. */
const RESTART_AFTER_MS = [10_000, 60_000, 300_000];
const FORGET_FAILURES_S = 86_400;
/** The only privilege that a service needs which just reads: to pass through folders. */
const PRIVILEGES = ["SeChangeNotifyPrivilege"];
const SID_UNRESTRICTED = 1;
/** Windows waits so long before it goes down; stopping takes 5 s. */
const PRESHUTDOWN_MS = 10_000;

/**
 * Sets what CreateServiceW can't: description, recovery, delayed start, privileges.
 *
 * @returns what this Windows does not know of it.
 * @throws Win32Error where it refuses what it knows.
 */
export function serviceSettings(service: unknown, description: string): string[] {
  const koffi = loadKoffi();
  const advapi = openLibrary("advapi32.dll");
  const number = koffi.struct({ value: "uint32" });
  const action = koffi.struct({ type: "int", delayMs: "uint32" });
  const failures = koffi.struct({
    resetSeconds: "uint32",
    message: "str16",
    command: "str16",
    count: "uint32",
    actions: koffi.pointer(action),
  });
  const privileges = Buffer.from(`${PRIVILEGES.join("\0")}\0\0`, "utf16le");
  const actions = RESTART_AFTER_MS.map((delayMs) => ({ type: RESTART, delayMs }));

  const settings: [what: string, level: number, type: ReturnType<typeof koffi.struct>, content: object][] = [
    ["description", 1, koffi.struct({ text: "str16" }), { text: description }],
    [
      "recovery actions",
      2,
      failures,
      { resetSeconds: FORGET_FAILURES_S, message: null, command: null, count: actions.length, actions },
    ],
    ["delayed start", 3, number, { value: 1 }],
    ["recovery after an error code", 4, number, { value: 1 }],
    ["service identity", 5, number, { value: SID_UNRESTRICTED }],
    ["privileges", 6, koffi.struct({ names: "void *" }), { names: privileges }],
    ["time before shutdown", 7, number, { value: PRESHUTDOWN_MS }],
  ];
  const lacking: string[] = [];
  for (const [what, level, type, content] of settings) {
    const change = advapi.func("ChangeServiceConfig2W", "int", ["void *", "uint32", koffi.pointer(type)]);
    if (change(service, level, content) !== 0) continue;
    const error = lastError(what);
    if (error.code !== ERROR.invalidLevel && error.code !== ERROR.notSupported) throw error;
    lacking.push(what);
  }
  return lacking;
}
