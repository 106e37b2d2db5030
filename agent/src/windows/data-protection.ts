import { loadKoffi, openLibrary } from "./koffi.ts";
import { lastError } from "./win32-error.ts";

/** dpapi.h. */
const UI_FORBIDDEN = 0x1;
const LOCAL_MACHINE = 0x4;

type Transform = (input: Uint8Array) => Uint8Array;

/**
 * Seals text with the machine's key (DPAPI, machine scope): a copied file is worth nothing on another machine. Whoever
 * may read the file on this one can open it, so its access list must name the service and the administrators alone.
 *
 * @returns base64.
 */
export function seal(text: string): string {
  return Buffer.from(transforms().protect(Buffer.from(text, "utf8"))).toString("base64");
}

/** @throws Win32Error where another machine sealed it, or it is damaged. */
export function unseal(sealed: string): string {
  return Buffer.from(transforms().unprotect(Buffer.from(sealed, "base64"))).toString("utf8");
}

let made: { protect: Transform; unprotect: Transform } | undefined;

function transforms(): { protect: Transform; unprotect: Transform } {
  made ??= makeTransforms();
  return made;
}

interface Blob {
  length: number;
  data: unknown;
}

function makeTransforms(): { protect: Transform; unprotect: Transform } {
  const koffi = loadKoffi();
  const crypt = openLibrary("crypt32.dll");
  const localFree = openLibrary("kernel32.dll").func("void *LocalFree(void *memory)");
  const blob = koffi.struct({ length: "uint32", data: "void *" });
  const input = koffi.pointer(blob);
  const output = koffi.out(koffi.pointer(blob));
  const rest = ["void *", "void *", "void *", "uint32", output];
  const protectData = crypt.func("CryptProtectData", "int", [input, "str16", ...rest]);
  const unprotectData = crypt.func("CryptUnprotectData", "int", [input, "void *", ...rest]);
  const through =
    (name: string, call: (input: Blob, output: Blob) => number): Transform =>
    (bytes) => {
      const result: Blob = { length: 0, data: null };
      if (call({ length: bytes.length, data: bytes }, result) === 0) throw lastError(name);
      try {
        return Uint8Array.from(koffi.decode(result.data, koffi.array("uint8", result.length)) as number[]);
      } finally {
        localFree(result.data);
      }
    };
  const flags = UI_FORBIDDEN | LOCAL_MACHINE;
  return {
    protect: through("CryptProtectData", (from, to) => protectData(from, "portolan", null, null, null, flags, to)),
    unprotect: through("CryptUnprotectData", (from, to) => unprotectData(from, null, null, null, null, flags, to)),
  };
}
