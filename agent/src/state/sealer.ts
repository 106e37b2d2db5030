import { isWindows } from "../platform.ts";
import type { Sealer } from "./identity.ts";

/** What seals secrets on this operating system; none where the mode of a file is what guards it. */
export async function sealerOfThisHost(): Promise<Sealer | undefined> {
  if (!isWindows()) return undefined;
  return await import("../windows/data-protection.ts");
}
