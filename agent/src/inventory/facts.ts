import type { HostFacts } from "@portolan/protocol";

/** The agent's own command that prints the facts: a single executable has no file to start. */
export const HOST_FACTS_COMMAND = "host-facts";

/** Where to look for files outside the library's reach. */
export interface InventoryRoots {
  /** Default "/etc". */
  etcRoot?: string | undefined;
  /** Default "/sys". */
  sysRoot?: string | undefined;
  /** Of the package managers' databases; default "/var/lib". */
  libRoot?: string | undefined;
  /** Default "/proc". */
  procRoot?: string | undefined;
  /** Folders whose configuration files are searched for addresses; default none. */
  configurationFolders?: readonly string[] | undefined;
}

/** What tells this machine from all others, through new names and addresses. */
export interface MachineIdentity {
  /** /etc/machine-id, or the registry's MachineGuid. */
  machineId?: string;
  smbiosUuid?: string;
}

/** SMBIOS identifiers that vendors left at their default: they name no host. */
const PLACEHOLDERS = new Set([
  "00000000-0000-0000-0000-000000000000",
  "ffffffff-ffff-ffff-ffff-ffffffffffff",
  "03000200-0400-0500-0006-000700080009",
]);

/** The SMBIOS UUID in lower case, or nothing when the vendor set none. */
export function smbiosUuid(text: string): string | undefined {
  const uuid = text.trim().toLowerCase();
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid) && !PLACEHOLDERS.has(uuid) ? uuid : undefined;
}

/**
 * True for loopback and for bridges that exist only inside a host: the same address on another host is another thing.
 * The names are those that docker, podman, libvirt, CNI plugins and LXC give, and on Windows the switches that exist for
 * containers and WSL; other bridges that begin with `br-` (OpenStack's br-ex, a br-lan) and other switches carry the
 * host's own addresses.
 */
export function isHostLocal(name: string): boolean {
  return /^(?:lo\d*$|docker|br-[0-9a-f]{12}$|podman|virbr|veth|cni|flannel|lxcbr|lxdbr|Loopback |vEthernet \((?:nat|WSL|Default Switch)\b)/.test(
    name,
  );
}

/** The facts, or a sentence about what is missing of that which every host has. */
export function parseFacts(content: unknown): HostFacts | string {
  const lacking = missing(content, [
    ["hostname", isText],
    ["os.name", isText],
    ["os.architecture", isText],
    ["cpu.logicalCores", isPositive],
    ["memoryBytes", isPositive],
    ["disks", Array.isArray],
    ["interfaces", (value) => Array.isArray(value) && value.length > 0],
  ]);
  if (lacking !== undefined) return `${lacking} is missing${reasonsOf(content)}`;
  return isFacts(content) ? withinLimits(content) : "unknown content";
}

/** The protocol's limits of lists (host-facts.ts). */
const MOST = { addresses: 256, interfaces: 1024, disks: 512 };

/**
 * Load balancers and name-based hosts have hundreds of addresses on one interface: it is told in several parts then,
 * as the protocol would refuse all of the facts, and no address of the host would be known.
 */
function withinLimits(facts: HostFacts): HostFacts {
  const interfaces = facts.interfaces.flatMap((item) => {
    const parts = Math.max(1, Math.ceil(item.addresses.length / MOST.addresses));
    return Array.from({ length: parts }, (_, part) => ({
      ...item,
      addresses: item.addresses.slice(part * MOST.addresses, (part + 1) * MOST.addresses),
    }));
  });
  return { ...facts, interfaces: interfaces.slice(0, MOST.interfaces), disks: facts.disks.slice(0, MOST.disks) };
}

/** Why facts could not be read, in brackets; nothing where nobody said. */
function reasonsOf(content: unknown): string {
  const unread = isFacts(content) ? (content.unread ?? []) : [];
  const reasons = unread.map(({ fact, reason }) => `${fact}: ${reason}`);
  return reasons.length === 0 ? "" : ` (${reasons.join("; ").slice(0, 800)})`;
}

function missing(content: unknown, checks: [path: string, good: (value: unknown) => boolean][]): string | undefined {
  return checks.find(([path, good]) => {
    const value = path.split(".").reduce<unknown>((within, key) => {
      return typeof within === "object" && within !== null ? Reflect.get(within, key) : undefined;
    }, content);
    return !good(value);
  })?.[0];
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isPositive(value: unknown): boolean {
  return typeof value === "number" && value > 0;
}

/** Our own child printed it, and what every host has was checked. */
function isFacts(content: unknown): content is HostFacts {
  return typeof content === "object" && content !== null;
}
