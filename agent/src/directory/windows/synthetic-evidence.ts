import type { WindowsEvidence } from "./evidence.ts";

const none = (name: string) => ({ key: "SYNTHETIC", name });

/** SYNTHETIC: what a member of corp.example would tell, for tests. */
export function syntheticEvidence(changes: Partial<WindowsEvidence> = {}): WindowsEvidence {
  return {
    join: { value: { status: 3, name: "CORP" } },
    role: { value: { role: 3, netbios: "CORP", dnsDomain: "corp.example", forest: "example" } },
    controller: { code: 1355 },
    registry: {
      computerName: { ...none("ComputerName"), text: "APP1" },
      suffix: { ...none("Domain"), text: "corp.example" },
      permanentSuffix: none("NV Domain"),
      dynamicSite: none("DynamicSiteName"),
      distinguishedName: none("Distinguished-Name"),
      policySite: none("Site-Name"),
      policyController: none("DCName"),
    },
    ...changes,
  };
}
