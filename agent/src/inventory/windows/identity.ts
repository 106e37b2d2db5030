import type { MachineIdentity } from "../facts.ts";
import { localRegistry } from "../../windows/registry.ts";
import { firmware } from "./calls.ts";

const CRYPTOGRAPHY = "SOFTWARE\\Microsoft\\Cryptography";

/** The MachineGuid that Windows' setup drew. @throws Win32Error where it may not be read. */
export function machineGuid(): string | undefined {
  return localRegistry.text(CRYPTOGRAPHY, "MachineGuid") || undefined;
}

/** What this machine is known by; what cannot be read is left out. */
export function machineIdentity(): MachineIdentity {
  const [machineId, smbiosUuid] = [machineGuid, () => firmware().uuid].map((read) => {
    try {
      return read();
    } catch {
      return undefined;
    }
  });
  return { ...(machineId !== undefined && { machineId }), ...(smbiosUuid !== undefined && { smbiosUuid }) };
}
