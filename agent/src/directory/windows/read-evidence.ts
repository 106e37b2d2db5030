import { messageOf } from "../../errors.ts";
import type { Registry } from "../../windows/registry.ts";
import type { DirectoryCalls } from "./calls.ts";
import { type RegistryText, valueOf, type WindowsEvidence } from "./evidence.ts";
import { JOINED_DOMAIN, roleOf } from "./membership.ts";

const TCPIP = "SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters";
const POLICY = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Group Policy";

/** Asks Windows and its registry; of controllers, the secure channel and its partner only where the host may have one. */
export async function readEvidence(calls: DirectoryCalls, registry: Registry): Promise<WindowsEvidence> {
  const [join, role, entra] = [await calls.join(), await calls.role(), await calls.entra()];
  const told = valueOf(role);
  const domain = valueOf(join)?.status === JOINED_DOMAIN ? valueOf(join)?.name : told?.netbios;
  const mayHave = valueOf(join)?.status === JOINED_DOMAIN || (told !== undefined && roleOf(told) !== "standalone");
  const read = (key: string, name: string): RegistryText => readText(registry, key, name);
  const channel = mayHave && domain !== undefined ? await calls.channel(domain) : undefined;
  return {
    join,
    role,
    ...(mayHave && { controller: await calls.controller() }),
    ...(channel && { channel }),
    ...(entra && { entra }),
    registry: {
      computerName: read("SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ActiveComputerName", "ComputerName"),
      suffix: read(TCPIP, "Domain"),
      permanentSuffix: read(TCPIP, "NV Domain"),
      dynamicSite: read("SYSTEM\\CurrentControlSet\\Services\\Netlogon\\Parameters", "DynamicSiteName"),
      distinguishedName: read(`${POLICY}\\State\\Machine`, "Distinguished-Name"),
      policySite: read(`${POLICY}\\State\\Machine`, "Site-Name"),
      policyController: read(`${POLICY}\\History`, "DCName"),
    },
  };
}

function readText(registry: Registry, key: string, name: string): RegistryText {
  try {
    const text = registry.text(key, name);
    return { key, name, ...(text && { text }) };
  } catch (error) {
    return { key, name, trouble: messageOf(error) };
  }
}
