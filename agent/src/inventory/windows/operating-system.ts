import type { HostFacts } from "@portolan/protocol";
import type { Registry } from "../../windows/registry.ts";

const CURRENT_VERSION = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
const PRODUCT_OPTIONS = "SYSTEM\\CurrentControlSet\\Control\\ProductOptions";
/** First build that is Windows 11; its ProductName in the registry still says 10. */
const WINDOWS_11_BUILD = 22_000;

const ROLES = new Map<string | undefined, "workstation" | "server" | "domain-controller">([
  ["WinNT", "workstation"],
  ["ServerNT", "server"],
  ["LanmanNT", "domain-controller"],
]);

/** What Windows calls itself in the registry. @throws Win32Error where that may not be read. */
export function operatingSystem(registry: Registry): Omit<HostFacts["os"], "family" | "kernel" | "architecture"> {
  const text = (name: string) => registry.text(CURRENT_VERSION, name) || undefined;
  const build = text("CurrentBuildNumber") ?? text("CurrentBuild");
  const revision = registry.number(CURRENT_VERSION, "UBR");
  const version = text("DisplayVersion") ?? text("ReleaseId");
  const edition = text("EditionID");
  const role = ROLES.get(registry.text(PRODUCT_OPTIONS, "ProductType"));
  return {
    name: nameOf(text("ProductName") ?? "", Number(build)),
    ...(version !== undefined && { version }),
    ...(build !== undefined && { build: revision === undefined ? build : `${build}.${revision}` }),
    ...(edition !== undefined && { edition }),
    ...(role !== undefined && { role }),
  };
}

function nameOf(productName: string, build: number): string {
  return build >= WINDOWS_11_BUILD ? productName.replace(/^Windows 10\b/, "Windows 11") : productName;
}
