import { routerAddress } from "./addresses.ts";
import { command } from "./command.ts";
import type { ContainerPlan, EstatePlan, HostPlan, SegmentPlan } from "./plan.ts";

/** Names of the run's network namespaces as `ip netns` shows them. */
export function namespaceNames(runId: string, plan: EstatePlan) {
  return {
    /** One bridge per segment lives here, so that nothing ever appears among the machine's own interfaces. */
    switch: `${runId}-switch`,
    router: `${runId}-router`,
    hosts: new Map(plan.hosts.map((host) => [host.name, `${runId}-host-${host.name}`])),
    containers: new Map((plan.containers ?? []).map(({ name }) => [name, `${runId}-container-${name}`])),
  };
}

/** Makes the namespaces, cables them and switches the router on. Names come from {@link namespaceNames}. */
export async function buildNetwork(runId: string, plan: EstatePlan): Promise<void> {
  const names = namespaceNames(runId, plan);
  const all = [names.switch, names.router, ...names.hosts.values(), ...names.containers.values()];
  await ipBatch(
    undefined,
    all.map((name) => `netns add ${name}`),
  );
  await ipBatch(names.switch, switchLines(plan, names));
  await ipBatch(names.router, [
    "link set lo up",
    ...plan.segments.flatMap((segment, index) => [
      `addr add ${routerAddress(segment)}/${prefixOf(segment)} dev seg${index}`,
      `link set seg${index} up`,
    ]),
  ]);
  await Promise.all(
    plan.hosts.map((host) => ipBatch(names.hosts.get(host.name), hostLines(host, segmentOf(plan, host)))),
  );
  await Promise.all((plan.containers ?? []).map((container) => buildContainer(container, names)));
  for (const host of plan.hosts) {
    const rules = firewallRules(host, plan);
    if (rules === "") continue;
    await command(["ip", "netns", "exec", names.hosts.get(host.name) ?? "", "nft", "-f", "-"], rules);
  }
  await command(["ip", "netns", "exec", names.router, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"]);
}

function switchLines(plan: EstatePlan, names: ReturnType<typeof namespaceNames>): string[] {
  const lines = plan.segments.flatMap((_, index) => [
    `link add br${index} type bridge`,
    `link set br${index} up`,
    `link add r${index} type veth peer name seg${index} netns ${names.router}`,
    `link set r${index} master br${index} up`,
  ]);
  for (const [index, host] of plan.hosts.entries()) {
    const bridge = plan.segments.findIndex((segment) => segment.name === host.segment);
    lines.push(
      `link add h${index} type veth peer name eth0 netns ${names.hosts.get(host.name)}`,
      `link set h${index} master br${bridge} up`,
    );
  }
  return lines;
}

function hostLines(host: HostPlan, segment: SegmentPlan): string[] {
  return [
    "link set lo up",
    `addr add ${host.address}/${prefixOf(segment)} dev eth0`,
    "link set eth0 up",
    `route add default via ${routerAddress(segment)}`,
  ];
}

const BRIDGE_ADDRESS = "172.30.0.1";

/** As docker cables them: a bridge in the host, and the container's own end of a veth pair. */
async function buildContainer(
  { name, host, address }: ContainerPlan,
  names: ReturnType<typeof namespaceNames>,
): Promise<void> {
  const [within, own] = [names.hosts.get(host), names.containers.get(name)];
  await ipBatch(within, [
    "link add docker0 type bridge",
    `addr add ${BRIDGE_ADDRESS}/24 dev docker0`,
    "link set docker0 up",
    `link add veth0 type veth peer name eth0 netns ${own}`,
    "link set veth0 master docker0 up",
  ]);
  await ipBatch(own, [
    "link set lo up",
    `addr add ${address}/24 dev eth0`,
    "link set eth0 up",
    `route add default via ${BRIDGE_ADDRESS}`,
  ]);
  await command(["ip", "netns", "exec", within ?? "", "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"]);
}

/** What makes a host track connections: a question for their state, a port that is dropped, translation for a container. */
function firewallRules({ name, tracks, drops = [] }: HostPlan, { containers = [] }: EstatePlan): string {
  const published = containers.filter(({ host }) => host === name);
  const lines: string[] = [];
  if (tracks === true || drops.length > 0) {
    lines.push("chain input {", "type filter hook input priority 0", "ct state new counter");
    lines.push(...drops.map((port) => `tcp dport ${port} drop`), "}");
  }
  if (published.length > 0) {
    lines.push("chain arriving {", "type nat hook prerouting priority -100");
    for (const { address, published: ports } of published)
      for (const { hostPort, port } of ports)
        lines.push(`iifname eth0 tcp dport ${hostPort} dnat to ${address}:${port}`);
    lines.push("}", "chain leaving {", "type nat hook postrouting priority 100");
    lines.push("oifname eth0 ip saddr 172.30.0.0/24 masquerade", "}");
  }
  return lines.length === 0 ? "" : ["table ip lab {", ...lines, "}", ""].join("\n");
}

function segmentOf(plan: EstatePlan, host: HostPlan): SegmentPlan {
  const segment = plan.segments.find((candidate) => candidate.name === host.segment);
  if (segment === undefined) {
    throw new TypeError(`hosts.${host.name}.segment: "${host.segment}" is not among the segments`);
  }
  return segment;
}

function prefixOf(segment: SegmentPlan): string {
  return segment.cidr.split("/")[1] ?? "";
}

/** One `ip` process for many changes: seven hosts would otherwise cost some fifty process starts. */
async function ipBatch(namespace: string | undefined, lines: readonly string[]): Promise<void> {
  const where = namespace === undefined ? [] : ["-n", namespace];
  await command(["ip", ...where, "-batch", "-"], `${lines.join("\n")}\n`);
}
