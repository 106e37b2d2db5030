import { openLibrary } from "./koffi.ts";
import { lazily } from "./win32.ts";

/** What Windows opened; 0 stands for none. */
export type Handle = number | bigint;

const PROCESS_QUERY_LIMITED_INFORMATION = 0x1000;

const functions = lazily(() => {
  const kernel = openLibrary("kernel32.dll");
  const open: (access: number, inherit: number, pid: number) => Handle = kernel.func(
    "uint64 __stdcall OpenProcess(uint32, int, uint32)",
  );
  type Times = (process: Handle, created: Buffer, exited: Buffer, kernel: Buffer, user: Buffer) => number;
  const times: Times = kernel.func("int __stdcall GetProcessTimes(uint64, void *, void *, void *, void *)");
  const close: (handle: Handle) => number = kernel.func("int __stdcall CloseHandle(uint64)");
  return { open, times, close, created: Buffer.alloc(8), ignored: Buffer.alloc(8) };
});

/** With PROCESS_QUERY_LIMITED_INFORMATION; 0 where it is denied, or gone. */
export function openProcess(pid: number): Handle {
  return functions().open(PROCESS_QUERY_LIMITED_INFORMATION, 0, pid);
}

/** When a process was made, in 100 ns since 1601 UTC: with its pid it is one of a kind, as Windows gives pids again soon. */
export function creationTime(process: Handle): bigint | undefined {
  const { times, created, ignored } = functions();
  return times(process, created, ignored, ignored, ignored) === 0 ? undefined : created.readBigInt64LE();
}

/** Of a process, a token, a file or an event. */
export function closeHandle(handle: Handle): void {
  functions().close(handle);
}
