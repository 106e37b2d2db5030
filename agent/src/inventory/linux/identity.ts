import { readFileSync } from "node:fs";
import { type InventoryRoots, type MachineIdentity, smbiosUuid } from "../facts.ts";

/** What this machine is known by; what cannot be read is left out. */
export function machineIdentity({ etcRoot = "/etc", sysRoot = "/sys" }: InventoryRoots): MachineIdentity {
  const machineId = textOf(`${etcRoot}/machine-id`);
  const uuid = smbiosUuid(textOf(`${sysRoot}/class/dmi/id/product_uuid`));
  return { ...(machineId !== "" && { machineId }), ...(uuid !== undefined && { smbiosUuid: uuid }) };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "";
  }
}
