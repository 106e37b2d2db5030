import { loadKoffi, openLibrary } from "./koffi.ts";
import { Win32Error, lastError } from "./win32-error.ts";

/** accctrl.h, winnt.h, sddl.h. */
const SE_FILE_OBJECT = 1;
const OWNER = 0x1;
const DACL = 0x4;
const PROTECTED_DACL = 0x8000_0000;
const SDDL_REVISION = 1;

/**
 * Sets who may do what with a file or folder and all in it, and takes away what it inherited.
 *
 * @param sddl owner and access list in Windows' own notation (Security Descriptor Definition Language).
 */
export function setAccess(path: string, sddl: string): void {
  const koffi = loadKoffi();
  const advapi = openLibrary("advapi32.dll");
  const outPointer = koffi.out(koffi.pointer("void *"));
  const outNumber = koffi.out(koffi.pointer("int"));
  const convert = advapi.func("ConvertStringSecurityDescriptorToSecurityDescriptorW", "int", [
    "str16",
    "uint32",
    outPointer,
    "void *",
  ]);
  const ownerOf = advapi.func("GetSecurityDescriptorOwner", "int", ["void *", outPointer, outNumber]);
  const daclOf = advapi.func("GetSecurityDescriptorDacl", "int", ["void *", outNumber, outPointer, outNumber]);
  const set = advapi.func(
    "uint32 SetNamedSecurityInfoW(str16 name, int type, uint32 what, void *owner, void *group, void *dacl, void *sacl)",
  );
  const localFree = openLibrary("kernel32.dll").func("void *LocalFree(void *memory)");

  const descriptor: [unknown] = [null];
  if (convert(sddl, SDDL_REVISION, descriptor, null) === 0) throw lastError("the access list");
  try {
    const [owner, dacl]: [[unknown], [unknown]] = [[null], [null]];
    if (ownerOf(descriptor[0], owner, [0]) === 0) throw lastError("the access list's owner");
    if (daclOf(descriptor[0], [0], dacl, [0]) === 0) throw lastError("the access list's entries");
    const what = (OWNER | DACL | PROTECTED_DACL) >>> 0;
    const code: number = set(path, SE_FILE_OBJECT, what, owner[0], null, dacl[0], null);
    if (code !== 0) throw new Win32Error(`the access list of ${path}`, code);
  } finally {
    localFree(descriptor[0]);
  }
}
