import { endpointId } from "../endpoint-id.ts";
import { byText, sortedText } from "../order.ts";
import type { HostId } from "../types.ts";
import { adPortOf, AUTHENTICATION_PORTS } from "./ad-ports.ts";
import { succeeded } from "./controllers.ts";
import type { Controller, ControllerUse, DirectoryInput, DirectoryOutsider, Membership, UsedService } from "./types.ts";

const union = (labels: readonly string[]) => sortedText(new Set(labels));

const isAuthentication = ({ port }: UsedService) => AUTHENTICATION_PORTS.has(port);

interface Gathering {
  client: HostId;
  controller: HostId;
  services: Map<string, UsedService>;
}

/** Who uses which controller, on ports of Microsoft's list. Sorted by client and controller. O(dependencies). */
export function controllerUses(
  { dependencies }: Pick<DirectoryInput, "dependencies">,
  controllers: readonly Controller[],
): ControllerUse[] {
  const known = new Set(controllers.map(({ id }) => id));
  const found = new Map<string, Gathering>();
  for (const dependency of dependencies) {
    const { protocol, serverPort: port, connections, lowerBound, firstSeen, lastSeen, clientProcesses } = dependency;
    if (!adPortOf(protocol, port) || dependency.direction === "unknown" || !succeeded(dependency)) continue;
    const [client, controller] = [endpointId(dependency, "client"), endpointId(dependency, "server")];
    if (!known.has(controller) || client === controller) continue;
    const key = `${client}\n${controller}`;
    const use: Gathering = found.get(key) ?? { client, controller, services: new Map() };
    found.set(key, use);
    const service = use.services.get(`${protocol}/${port}`);
    use.services.set(`${protocol}/${port}`, {
      protocol,
      port,
      connections: connections + (service?.connections ?? 0),
      lowerBound: lowerBound || (service?.lowerBound ?? false),
      firstSeen: Math.min(firstSeen, service?.firstSeen ?? firstSeen),
      lastSeen: Math.max(lastSeen, service?.lastSeen ?? lastSeen),
      processes: union([...(service?.processes ?? []), ...clientProcesses]),
    });
  }
  return [...found.values()]
    .map(({ client, controller, services }) => ({
      client,
      controller,
      services: [...services.values()].sort((a, b) => byText(a.protocol, b.protocol) || a.port - b.port),
      processes: union([...services.values()].flatMap(({ processes }) => processes)),
    }))
    .sort((a, b) => byText(a.client, b.client) || byText(a.controller, b.controller));
}

/** What each host told of itself. */
function memberships({ directory }: Pick<DirectoryInput, "directory">): (hostId: HostId) => Membership {
  const told = new Map(directory.map(({ hostId, record }) => [hostId, record.status]));
  return (hostId) => told.get(hostId) ?? "not-reported";
}

/**
 * Who speaks Kerberos or LDAP with a controller without being known as joined: applications with a service account, devices,
 * hosts without an agent. They lose their directory as silently as members do. O(uses).
 */
export function directoryOutsiders(
  input: Pick<DirectoryInput, "directory">,
  controllers: readonly Controller[],
  uses: readonly ControllerUse[],
): DirectoryOutsider[] {
  const membershipOf = memberships(input);
  const isController = new Set(controllers.map(({ id }) => id));
  const byClient = Map.groupBy(uses, ({ client }) => client);
  return [...byClient].flatMap(([client, own]) => {
    const membership = membershipOf(client);
    if (membership === "joined" || membership === "broken" || isController.has(client)) return [];
    const asking = own.filter((use) => use.services.some(isAuthentication));
    if (asking.length === 0) return [];
    const services = asking.flatMap((use) => use.services).filter(isAuthentication);
    return [
      {
        client,
        membership,
        controllers: asking.map(({ controller }) => controller),
        services: union(services.map(({ protocol, port }) => `${protocol}/${port}`)),
        processes: union(services.flatMap(({ processes }) => processes)),
      },
    ];
  });
}
