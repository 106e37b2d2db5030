import { type AsyncFunction, callAsync } from "./call-async.ts";
import { openLibrary } from "./koffi.ts";
import { lazily } from "./win32.ts";

const lookUp = lazily((): AsyncFunction =>
  openLibrary("advapi32.dll").func(
    "int __stdcall LookupAccountSidW(str16, void *, void *, void *, void *, void *, void *)",
  ),
);

/**
 * DOMAIN\\name of an account, by its binary SID; undefined where nobody knows it. Of a domain's account it may ask a
 * controller, and is therefore called in a thread of its own.
 */
export async function accountName(sid: Buffer): Promise<string | undefined> {
  const [name, domain, kind] = [Buffer.alloc(514), Buffer.alloc(514), Buffer.alloc(4)];
  const [nameSize, domainSize] = [Uint32Array.of(257), Uint32Array.of(257)];
  const found = await callAsync(lookUp(), [null, sid, name, nameSize, domain, domainSize, kind]).catch(() => 0);
  if (found === 0) return undefined;
  const [account, authority] = [wide(name, nameSize), wide(domain, domainSize)];
  return authority === "" ? account : `${authority}\\${account}`;
}

/** The first `length` units of UTF-16. */
function wide(buffer: Buffer, [length = 0]: Uint32Array): string {
  return buffer.toString("utf16le", 0, 2 * length);
}
