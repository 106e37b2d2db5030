import type { ServiceManager } from "./windows/service-manager.ts";

/** The service itself takes 5 s at most. */
const STOP_MS = 15_000;
/** A program that has just ended may be held a moment longer, by Windows or by what scans it. */
export const REMOVE = { recursive: true, force: true, maxRetries: 20, retryDelay: 250 } as const;

/** Stops a service and removes it; false where there is none of the name. */
export async function removeService(manager: ServiceManager, name: string): Promise<boolean> {
  const service = manager.find(name);
  if (service === undefined) return false;
  try {
    await service.stop(STOP_MS);
    service.remove();
    return true;
  } finally {
    service.close();
  }
}
