import { createGrownBuffer, TableError } from "./grown.ts";
import { parseServiceAccount, parseServices } from "./parse-services.ts";
import type { Win32 } from "./win32.ts";

/** Names of the services that run, by pid; or why the Service Control Manager does not tell. */
export function createServiceList(win32: Win32): () => Map<number, string[]> | TableError {
  const count = new Uint32Array(1);
  let base = 0n;
  const list = createGrownBuffer("services", (buffer, size) => {
    base = win32.addressOf(buffer);
    return win32.services(buffer, size, count);
  });
  return () => {
    try {
      const bytes = list.read();
      return parseServices(bytes, count[0] ?? 0, base);
    } catch (error) {
      if (error instanceof TableError) return error;
      throw error;
    }
  };
}

/** QueryServiceConfigW wants no more, by its description. */
const LARGEST_CONFIG = 8192;

/** The account that a service runs as; undefined where its configuration may not be read. */
export function accountOfService(name: string, win32: Win32): string | undefined {
  const buffer = Buffer.alloc(LARGEST_CONFIG);
  return win32.serviceConfig(name, buffer) ? parseServiceAccount(buffer, win32.addressOf(buffer)) : undefined;
}
