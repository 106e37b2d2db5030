import { type Dependency, DYNAMIC_RPC, endpointId, type HostId, isLoopback } from "@portolan/graph";
import type { ActiveDirectoryInput, RpcListener } from "../types.ts";

const ENDPOINT_MAPPER = 135;

/** Windows' processes that hold RPC services of a controller, and Samba's (`samba`, `smbd`, `rpcd_lsad`, …). */
const RPC_PROCESSES = new Set([
  "lsass",
  "services",
  "svchost",
  "wininit",
  "spoolsv",
  "dns",
  "dfsrs",
  "dfssvc",
  "ntfrs",
  "ismserv",
  "certsrv",
]);
const SAMBA = /^(samba|smbd|rpcd)/;

const inRange = (port: number) => port >= DYNAMIC_RPC.fromPort && port <= DYNAMIC_RPC.toPort;

/** The program of a label such as "lsass.exe" or "svchost.exe (DNS Server)". */
function programOf(label: string): string {
  return label
    .toLowerCase()
    .replace(/ \(.*$/, "")
    .replace(/\.exe$/, "");
}

/** True for Samba's processes, which are configured in another place than Windows'. */
export function isSamba(label: string): boolean {
  return SAMBA.test(programOf(label));
}

function isRpcProgram(label: string): boolean {
  return RPC_PROCESSES.has(programOf(label)) || isSamba(label);
}

export interface RpcTraffic {
  /** Whether a flow to a controller's dynamic port is RPC. */
  isRpc(dependency: Dependency): boolean;
  /** Listeners of RPC services in the dynamic range, by controller. */
  listenersOf(controller: HostId): readonly RpcListener[];
}

/**
 * Which flows to dynamic ports of controllers are RPC: the endpoint mapper (135) of the controller was called by the same
 * client, or is listened for, and the port is an RPC service's. Where nobody watches the listeners of a controller, or the
 * port is no longer listened on (a restart moves it), the client must have called the endpoint mapper itself. A port of
 * another program is no RPC.
 */
export function rpcTraffic(
  { listeners }: Pick<ActiveDirectoryInput, "listeners">,
  dependencies: readonly Dependency[],
): RpcTraffic {
  const listened = new Map<HostId, Map<number, Set<string>>>();
  for (const { hostId, protocol, address, port, process } of listeners) {
    // What no member can call is none of its ports.
    if (protocol !== "tcp" || isLoopback(address)) continue;
    const ports = listened.get(hostId) ?? new Map<number, Set<string>>();
    listened.set(hostId, ports.set(port, (ports.get(port) ?? new Set()).add(process ?? "")));
  }
  const mapped = new Set<string>();
  for (const dependency of dependencies) {
    if (dependency.protocol !== "tcp" || dependency.serverPort !== ENDPOINT_MAPPER) continue;
    mapped.add(`${endpointId(dependency, "client")}\n${endpointId(dependency, "server")}`);
  }

  function listenersOf(controller: HostId): RpcListener[] {
    return [...(listened.get(controller) ?? [])]
      .filter(([port]) => inRange(port))
      .flatMap(([port, processes]) =>
        [...processes].filter(isRpcProgram).map((process) => ({ controller, port, process })),
      )
      .sort((a, b) => a.port - b.port);
  }

  function isRpc(dependency: Dependency): boolean {
    const { protocol, serverPort } = dependency;
    if (protocol !== "tcp" || !inRange(serverPort)) return false;
    const [client, server] = [endpointId(dependency, "client"), endpointId(dependency, "server")];
    const ports = listened.get(server);
    const askedFirst = mapped.has(`${client}\n${server}`);
    const labels = [...(ports?.get(serverPort) ?? []), ...dependency.serverProcesses].filter((label) => label !== "");
    if (labels.length > 0) return labels.some(isRpcProgram) && (askedFirst || ports?.has(ENDPOINT_MAPPER) === true);
    return askedFirst;
  }

  return { isRpc, listenersOf };
}
