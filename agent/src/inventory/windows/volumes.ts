import { openLibrary } from "../../windows/koffi.ts";
import { ERROR, lastError } from "../../windows/win32-error.ts";
import { dword, lazily, wideText } from "../../windows/win32.ts";

/** A volume that stays in this host, by the shortest path it is mounted at. */
export interface Volume {
  /** `C:\`, or a folder with a backslash at its end. */
  mount: string;
  /** Name of the volume itself, which stays when its letter changes. */
  device: string;
  fileSystem?: string;
}

const DRIVE_FIXED = 3;
/** Of a volume's name, `\\?\Volume{GUID}\`, and of a path, in characters. */
const LONGEST = 1024;
const INVALID_HANDLE = -1;
const MOST_VOLUMES = 10_000;

const functions = lazily(() => {
  const kernel = openLibrary("kernel32.dll");
  const first: (name: Buffer, size: number) => number = kernel.func(
    "intptr_t __stdcall FindFirstVolumeW(void*, uint32_t)",
  );
  const next: (search: number, name: Buffer, size: number) => number = kernel.func(
    "int __stdcall FindNextVolumeW(intptr_t, void*, uint32_t)",
  );
  const close: (search: number) => number = kernel.func("int __stdcall FindVolumeClose(intptr_t)");
  const paths: (volume: string, list: Buffer, size: number, needed: Buffer) => number = kernel.func(
    "int __stdcall GetVolumePathNamesForVolumeNameW(str16, void*, uint32_t, void*)",
  );
  const driveType: (path: string) => number = kernel.func("uint32_t __stdcall GetDriveTypeW(str16)");
  const information: (path: string, ...rest: (Buffer | number | null)[]) => number = kernel.func(
    "int __stdcall GetVolumeInformationW(str16, void*, uint32_t, void*, void*, void*, void*, uint32_t)",
  );
  return { first, next, close, paths, driveType, information };
});

/** Volumes of fixed disks that are mounted, with a letter or in a folder, each once. @throws Win32Error */
export function volumes(): Volume[] {
  return volumeNames()
    .flatMap((device) => {
      const [mount] = mountsOf(device).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
      return mount === undefined || functions().driveType(mount) !== DRIVE_FIXED ? [] : [{ mount, device }];
    })
    .sort((a, b) => (a.mount < b.mount ? -1 : 1));
}

/** NTFS, ReFS, …; undefined where the volume does not say. */
export function fileSystemOf(mount: string): string | undefined {
  const name = Buffer.alloc(2 * LONGEST);
  const isKnown = functions().information(mount, null, 0, null, null, null, name, LONGEST) !== 0;
  return isKnown ? wideText(name) || undefined : undefined;
}

function volumeNames(): string[] {
  const { first, next, close } = functions();
  const name = Buffer.alloc(2 * LONGEST);
  const search = first(name, LONGEST);
  if (search === INVALID_HANDLE) throw lastError("FindFirstVolumeW");
  try {
    const names = [wideText(name)];
    while (next(search, name, LONGEST) !== 0 && names.length < MOST_VOLUMES) names.push(wideText(name));
    const ending = lastError("FindNextVolumeW");
    if (names.length < MOST_VOLUMES && ending.code !== ERROR.noMoreFiles) throw ending;
    return names;
  } finally {
    close(search);
  }
}

/** All paths at which a volume is mounted; none for one that is not. */
function mountsOf(device: string): string[] {
  const needed = dword();
  let list = Buffer.alloc(2 * LONGEST);
  if (functions().paths(device, list, LONGEST, needed) === 0) {
    const characters = Math.min(needed.readUInt32LE(), 1_000_000);
    list = Buffer.alloc(2 * characters);
    if (functions().paths(device, list, characters, needed) === 0) return [];
  }
  return list
    .toString("utf16le")
    .split("\0")
    .filter((path) => path !== "");
}
