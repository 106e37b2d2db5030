import { openLibrary } from "./koffi.ts";
import { lazily } from "./win32.ts";

const PROCESS_QUERY_LIMITED_INFORMATION = 0x1000;

const functions = lazily(() => {
  const kernel = openLibrary("kernel32.dll");
  const open: (access: number, inherit: number, pid: number) => unknown = kernel.func(
    "void *OpenProcess(uint32 access, int inherit, uint32 pid)",
  );
  const times: (process: unknown, created: Buffer, ...rest: Buffer[]) => number = kernel.func(
    "int GetProcessTimes(void *process, void *created, void *exited, void *kernel, void *user)",
  );
  const close: (process: unknown) => number = kernel.func("int CloseHandle(void *handle)");
  return { open, times, close };
});

/**
 * When a process was made, in 100 ns since 1601 UTC: with its pid it is one of a kind, as Windows gives pids again soon.
 * Undefined where there is no such process, or one of another account, which this one may not open.
 */
export function processStart(pid: number): string | undefined {
  const { open, times, close } = functions();
  const process = open(PROCESS_QUERY_LIMITED_INFORMATION, 0, pid);
  if (process === null) return undefined;
  const [created, ignored] = [Buffer.alloc(8), Buffer.alloc(8)];
  try {
    return times(process, created, ignored, ignored, ignored) === 0 ? undefined : String(created.readBigUInt64LE());
  } finally {
    close(process);
  }
}
