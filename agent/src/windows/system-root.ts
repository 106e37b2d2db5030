import type { Registry } from "./registry.ts";

const CURRENT_VERSION = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";

/** The folder of Windows. @throws Win32Error where the registry may not be read. */
export function systemRoot(registry: Registry): string {
  return registry.text(CURRENT_VERSION, "SystemRoot") ?? "C:\\Windows";
}
