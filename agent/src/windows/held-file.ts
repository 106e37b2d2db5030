import { resolve, toNamespacedPath } from "node:path";
import { openLibrary } from "./koffi.ts";
import { closeHandle, type Handle } from "./processes.ts";
import { dword, lazily } from "./win32.ts";
import { ERROR, lastError, Win32Error } from "./win32-error.ts";

/** winnt.h, fileapi.h. */
const GENERIC_READ = 0x8000_0000;
const GENERIC_WRITE = 0x4000_0000;
const SHARE_READ = 1;
const SHARE_DELETE = 4;
const CREATE_ALWAYS = 2;
const OPEN_EXISTING = 3;
const NORMAL = 0x80;
const INVALID_HANDLE = 0xffff_ffff_ffff_ffffn;

const functions = lazily(() => {
  const kernel = openLibrary("kernel32.dll");
  type Create = (
    path: string,
    access: number,
    share: number,
    security: null,
    how: number,
    flags: number,
    like: number,
  ) => Handle;
  const create: Create = kernel.func(
    "uint64 __stdcall CreateFileW(str16, uint32, uint32, void *, uint32, uint32, uint64)",
  );
  type Write = (file: Handle, bytes: Buffer, length: number, written: Buffer, overlapped: null) => number;
  const write: Write = kernel.func("int __stdcall WriteFile(uint64, void *, uint32, void *, void *)");
  return { create, write };
});

/** No child process inherits what is opened here. @throws Win32Error */
function open(file: string, access: number, share: number, how: number): Handle {
  const path = toNamespacedPath(resolve(file));
  const handle = functions().create(path, access, share, null, how, NORMAL, 0);
  if (BigInt(handle) === INVALID_HANDLE) throw lastError(file);
  return handle;
}

/**
 * Writes a file and keeps it open, so that nobody else may write it; others may read it. Windows lets go of it when the
 * process ends, however it ends, and whoever's the processes are: no account needs to look at another's.
 *
 * @returns a function that lets go of it; undefined where another process holds it, or looks at it this moment.
 * @throws Win32Error where it can't be written at all.
 */
export function holdFile(file: string, content: string): (() => void) | undefined {
  let handle: Handle;
  try {
    handle = open(file, GENERIC_WRITE, SHARE_READ, CREATE_ALWAYS);
  } catch (error) {
    if (error instanceof Win32Error && error.code === ERROR.sharingViolation) return undefined;
    throw error;
  }
  const bytes = Buffer.from(content);
  if (functions().write(handle, bytes, bytes.length, dword(), null) === 0) {
    const error = lastError(file);
    closeHandle(handle);
    throw error;
  }
  return () => closeHandle(handle);
}

/** Whether a process holds the file by {@link holdFile}. */
export function isHeld(file: string): boolean {
  try {
    closeHandle(open(file, GENERIC_READ, SHARE_READ | SHARE_DELETE, OPEN_EXISTING));
    return false;
  } catch (error) {
    if (error instanceof Win32Error) return error.code === ERROR.sharingViolation;
    throw error;
  }
}
