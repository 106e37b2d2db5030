import { openLibrary } from "./koffi.ts";
import { lastError } from "./win32-error.ts";

/** MOVEFILE_DELAY_UNTIL_REBOOT of winbase.h. */
const DELAY_UNTIL_REBOOT = 0x4;

/** Has Windows delete a file, or a folder that is empty by then, when it starts next. For administrators. */
export function deleteAtRestart(path: string): void {
  const move = openLibrary("kernel32.dll").func("int MoveFileExW(str16 from, str16 to, uint32 flags)");
  if (move(path, null, DELAY_UNTIL_REBOOT) === 0) throw lastError(path);
}
