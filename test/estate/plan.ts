import { isIPv4 } from "node:net";
import { isInside, routerAddress } from "./addresses.ts";

/** An address range on a wire of its own; the router has the first address. */
export interface SegmentPlan {
  name: string;
  /** IPv4, such as 10.81.1.0/24. */
  cidr: string;
}

export interface HostPlan {
  /** Becomes the host name. */
  name: string;
  segment: string;
  address: string;
  /** The host's own connection tracking is active, by a firewall rule that asks for a connection's state. */
  tracks?: boolean;
  /** TCP ports whose packets the host's firewall drops; implies tracking. */
  drops?: readonly number[];
  /** Wine runs in it, and its programs of the lab are Windows programs; see windows/windows-host.ts. */
  system?: "windows";
}

/** A second network namespace on a host, behind a bridge and address translation of the host's, as docker makes them. */
export interface ContainerPlan {
  /** Becomes the host name inside. */
  name: string;
  host: string;
  /** In 172.30.0.0/24; the bridge has the first address. */
  address: string;
  /** Port of the host by which others reach a port of the container. */
  published: readonly { hostPort: number; port: number }[];
}

export interface EstatePlan {
  segments: readonly SegmentPlan[];
  hosts: readonly HostPlan[];
  /** One a host at most. */
  containers?: readonly ContainerPlan[];
}

/** The plan of a lab is wrong: the message names field, value and what was expected. */
export class EstatePlanError extends Error {
  override name = "EstatePlanError";
}

/** Throws {@link EstatePlanError} for what would otherwise fail half-way, inside `ip`. */
export function checkPlan(plan: EstatePlan): void {
  unique(
    "segments.name",
    plan.segments.map((segment) => segment.name),
  );
  unique(
    "hosts.name",
    plan.hosts.map((host) => host.name),
  );
  unique("hosts.address", [...plan.hosts.map((host) => host.address), ...plan.segments.map(routerAddress)]);
  for (const segment of plan.segments) {
    const [network = "", prefix = ""] = segment.cidr.split("/");
    if (!isIPv4(network) || !/^(8|9|1\d|2\d|30)$/.test(prefix)) {
      throw new EstatePlanError(`segments.cidr: "${segment.cidr}", expected an IPv4 range such as 10.81.1.0/24`);
    }
  }
  for (const host of plan.hosts) {
    if (!/^[a-z][a-z0-9-]{0,30}$/.test(host.name)) {
      throw new EstatePlanError(`hosts.name: "${host.name}", expected a host name of small letters, digits and -`);
    }
    const segment = plan.segments.find((candidate) => candidate.name === host.segment);
    if (segment === undefined) {
      throw new EstatePlanError(`hosts.segment: "${host.segment}" of ${host.name}, expected the name of a segment`);
    }
    if (!isInside(host.address, segment.cidr)) {
      throw new EstatePlanError(
        `hosts.address: "${host.address}" of ${host.name}, expected an address in ${segment.cidr}`,
      );
    }
  }
}

function unique(field: string, values: readonly string[]): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) {
    throw new EstatePlanError(`${field}: "${twice}" stands twice, expected distinct values`);
  }
}
