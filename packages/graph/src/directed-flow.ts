import { isLinkLocal, isLoopback } from "./address-range.ts";
import type { AddressIndex } from "./address-index.ts";
import { unmanagedId } from "./endpoint-id.ts";
import type { DependencyDirection, FlowEnd, FlowEvidence, Host, HostId } from "./types.ts";

/** One end of a flow with its address resolved; `endpoint` is the host or the id of the unmanaged host. */
export interface DirectedEnd {
  endpoint: HostId;
  hostId: HostId | undefined;
  address: string | undefined;
  process: string | undefined;
}

/** A flow whose ends are resolved and which may have been turned round. */
export interface DirectedFlow {
  evidence: FlowEvidence;
  client: DirectedEnd;
  server: DirectedEnd;
  serverPort: number;
  clientPort: number | undefined;
  direction: DependencyDirection;
  /** True when client and server stand the other way round than in `evidence`. */
  turned: boolean;
  crossSite: boolean;
}

/** Makes directed flows of evidence, looking the addresses up as their observer means them. */
export function createFlowDirector(hosts: readonly Host[], index: AddressIndex): (flow: FlowEvidence) => DirectedFlow {
  const soleAddress = new Map(hosts.map((host) => [host.id, soleAddressOf(host)]));

  function resolveEnd(end: FlowEnd, observer: HostId | undefined, site: string): [DirectedEnd, boolean] {
    const { process } = end;
    const found =
      end.hostId === undefined && end.address !== undefined ? index.resolve(end.address, observer, site) : undefined;
    const hostId = end.hostId ?? found?.hostId;
    const address = end.address ?? (hostId === undefined ? undefined : soleAddress.get(hostId));
    const endpoint = hostId ?? unmanagedId(site, address ?? "");
    return [{ endpoint, hostId, address, process }, found?.crossSite ?? false];
  }

  return (evidence) => {
    const { site, client, server, seenFrom } = evidence;
    const observer =
      seenFrom === "client" ? client.hostId : seenFrom === "server" ? server.hostId : (client.hostId ?? server.hostId);
    const [clientEnd, clientElsewhere] = resolveEnd(client, observer, site);
    const [serverEnd, serverElsewhere] = resolveEnd(server, observer, site);
    return {
      evidence,
      client: clientEnd,
      server: serverEnd,
      serverPort: evidence.serverPort,
      clientPort: evidence.clientPort,
      direction: evidence.direction,
      turned: false,
      crossSite: clientElsewhere || serverElsewhere,
    };
  };
}

/** The same flow with client and server, and their ports, exchanged. Undefined where the client's port is not known. */
export function turn(flow: DirectedFlow): DirectedFlow | undefined {
  const { client, server, serverPort, clientPort } = flow;
  if (clientPort === undefined) return undefined;
  return {
    ...flow,
    client: server,
    server: client,
    serverPort: clientPort,
    clientPort: serverPort,
    turned: !flow.turned,
  };
}

/** What makes two flows the same dependency. Only on loopback does the network namespace tell two apart. */
export function dependencyKey(flow: DirectedFlow): string {
  const { client, server, serverPort, evidence } = flow;
  const scope = isLocal(flow) ? (evidence.scope ?? "") : "";
  const port = flow.direction === "unknown" ? flow.clientPort : "";
  return `${client.endpoint}\n${client.address ?? ""}\n${server.endpoint}\n${server.address ?? ""}\n${evidence.protocol}\n${serverPort}\n${scope}\n${port}`;
}

/** True when the flow never leaves its network namespace. */
export function isLocal({ client, server }: DirectedFlow): boolean {
  return isLoopback(client.address ?? "") || isLoopback(server.address ?? "");
}

/** A host named without an address has its only address, where it has only one that others can reach. */
function soleAddressOf(host: Host): string | undefined {
  const reachable = new Set(
    host.addresses
      .filter(({ address, hostLocal }) => !hostLocal && !isLoopback(address) && !isLinkLocal(address))
      .map(({ address }) => address),
  );
  return reachable.size === 1 ? [...reachable][0] : undefined;
}
