import { createHash } from "node:crypto";

/**
 * The security identifier of a service's virtual account, without asking Windows, so that rights can be given before
 * the service exists: S-1-5-80 and the SHA-1 of the upper-case name in UTF-16LE as five numbers
 * (Windows Internals, "Virtual service accounts"; `sc showsid` prints the same).
 */
export function serviceSid(name: string): string {
  const hash = createHash("sha1").update(Buffer.from(name.toUpperCase(), "utf16le")).digest();
  const parts = [0, 4, 8, 12, 16].map((at) => hash.readUInt32LE(at));
  return ["S-1-5-80", ...parts].join("-");
}
