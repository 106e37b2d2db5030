import { openLibrary } from "./koffi.ts";
import { lazily } from "./win32.ts";

type Found = (error: Error | null, found: number) => void;

const lookUp = lazily(() => {
  const call: { async(...args: [...unknown[], Found]): void } = openLibrary("advapi32.dll").func(
    "int __stdcall LookupAccountSidW(str16, void *, void *, void *, void *, void *, void *)",
  );
  return call;
});

/**
 * DOMAIN\\name of an account, by its binary SID; undefined where nobody knows it. Of a domain's account it may ask a
 * controller, and is therefore called in a thread of its own.
 */
export function accountName(sid: Buffer): Promise<string | undefined> {
  return new Promise((resolve) => {
    const [name, domain, kind] = [Buffer.alloc(514), Buffer.alloc(514), Buffer.alloc(4)];
    const [nameSize, domainSize] = [Uint32Array.of(257), Uint32Array.of(257)];
    lookUp().async(null, sid, name, nameSize, domain, domainSize, kind, (error, found) => {
      if (error !== null || found === 0) return resolve(undefined);
      const [account, authority] = [wide(name, nameSize), wide(domain, domainSize)];
      return resolve(authority === "" ? account : `${authority}\\${account}`);
    });
  });
}

/** The first `length` units of UTF-16. */
function wide(buffer: Buffer, [length = 0]: Uint32Array): string {
  return buffer.toString("utf16le", 0, 2 * length);
}
