import type { Bundle, BundlePort, RuleSet } from "@portolan/firewall";
import type {
  Controller,
  ControllerUse,
  DirectoryOutsider,
  Host,
  HostId,
  SegmentSites,
  ToldDirectory,
} from "@portolan/graph";
import { hostNames } from "../host-names.ts";
import { addressText, byCodeUnits, rfc3339, serviceText, someOf } from "../text.ts";
import { addressRow, type ListedAddressDependency } from "./address-row.ts";
import type { DirectoryRow } from "./directory-row.ts";

/** Times are milliseconds since 1970 UTC. */
interface Seen {
  firstSeen: number;
  lastSeen: number;
}

/** What is known of Active Directory. */
export interface DirectoryEvidence {
  directory: readonly (ToldDirectory & Seen)[];
  controllers: readonly Controller[];
  uses: readonly ControllerUse[];
  outsiders: readonly DirectoryOutsider[];
  segments: readonly SegmentSites[];
  addressDependencies: readonly ListedAddressDependency[];
  /** Hosts that a person said are gone: what is told of them is what they told last. */
  retired: ReadonlySet<HostId>;
}

const count = (amount: number, word: string) => `${amount} ${word}${amount === 1 ? "" : "s"}`;

function blindText({ text, members, controllers }: Bundle["blind"][number]): string {
  return `${text} (members ${someOf(members)}; controllers ${someOf(controllers)})`;
}

function stateOfPort({ mark, blindPairs }: BundlePort): string {
  if (mark === "observed") return "observed";
  return blindPairs === 0 ? "required, not seen" : "required, may have been missed";
}

function unusedText({ unusedControllers }: Bundle): string[] {
  if (unusedControllers.length === 0) return [];
  const others = `members may turn to ${count(unusedControllers.length, "other controller")} of the domain`;
  return [
    `${others}, which they were not seen to use and this does not allow: ${someOf(unusedControllers.map(({ name }) => name))}`,
  ];
}

function bundleRows(bundle: Bundle, { bundleForm }: RuleSet): DirectoryRow[] {
  const { name, domain, members, destinations, ports, rpc, rules, evidence } = bundle;
  const same = {
    subject: `${bundle.sourceZone} → ${bundle.destinationZone}`,
    ...(domain !== undefined && { domain }),
  };
  const presumed = members.filter(({ because }) => because === "kerberos-and-ldap").length;
  const whole: DirectoryRow = {
    ...same,
    part: "bundle",
    what: name,
    state: bundleForm === "bundle" ? "one rule for the whole list" : "rules for what was seen",
    detail: [
      `${count(members.length, "member")}: ${members.map((member) => member.name).join(", ")}`,
      ...(presumed > 0 ? [`${presumed} of them never said that they are joined, and use Kerberos and LDAP`] : []),
      `${count(destinations.length, "controller")}: ${destinations.map((end) => end.name).join(", ")}`,
      ...unusedText(bundle),
      `as one rule it allows ${bundle.overPermission} triples that nobody was seen to use, ${bundle.overPermissionOfRange} of them by the dynamic range`,
      ...bundle.blind.map(blindText),
      rpc.advice,
      ...rpc.listeners.map(({ controller, port, process }) => `${process} of ${controller} listens on tcp/${port}`),
    ],
    firstSeen: evidence.firstSeen,
    lastSeen: evidence.lastSeen,
    connections: evidence.connections,
    evidence: rules.map((rule) => `rule ${rule}`),
  };
  return [
    whole,
    ...ports.map((port): DirectoryRow => {
      const { observedPorts = [], firstSeen, lastSeen, connections } = port;
      const isObserved = port.mark === "observed";
      return {
        ...same,
        part: "port",
        what: serviceText(port),
        state: stateOfPort(port),
        detail: [
          port.purpose,
          ...(isObserved ? [`seen between ${count(port.pairs, "pair")} of addresses`] : []),
          ...(observedPorts.length > 0 ? [`ports seen: ${observedPorts.join(", ")}`] : []),
          ...(port.blindPairs > 0
            ? [`may have been missed between ${count(port.blindPairs, "pair")} of member and controller`]
            : []),
        ],
        ...(firstSeen !== undefined && { firstSeen }),
        ...(lastSeen !== undefined && { lastSeen }),
        ...(isObserved && { connections }),
        evidence: [],
      };
    }),
  ];
}

const marked = (state: string, isRetired: boolean) => (isRetired ? `${state}, retired` : state);

function controllerRow(
  { id, name, addresses, domain, site, confidence, reasons }: Controller,
  retired: ReadonlySet<HostId>,
): DirectoryRow {
  return {
    part: "controller",
    subject: name,
    what: addresses.map(addressText).join(", "),
    state: marked(confidence < 0.5 ? "domain controller?" : "domain controller", retired.has(id)),
    detail: [`confidence ${confidence}`],
    ...(domain !== undefined && { domain }),
    ...(site !== undefined && { site }),
    evidence: reasons.map(({ text }) => text),
  };
}

/** Which controllers a host names, and which its flows go to. */
function controllersOf({ controllers, uses }: DirectoryEvidence): (hostId: HostId) => string[] {
  const usesOf = Map.groupBy(uses, ({ client }) => client);
  const wordsOf = Map.groupBy(
    controllers.flatMap(({ id, namedBy }) => namedBy.map(({ host, sources }) => ({ id, host, sources }))),
    ({ host }) => host,
  );
  const nameOf = new Map(controllers.map(({ id, name }) => [id, name]));
  return (hostId) => {
    const named = new Map((wordsOf.get(hostId) ?? []).map(({ id, sources }) => [id, `named by ${sources.join(", ")}`]));
    const used = new Map(
      (usesOf.get(hostId) ?? []).map(({ controller, services }) => [
        controller,
        services.map(({ protocol, port }) => `${protocol}/${port}`).join(" "),
      ]),
    );
    const texts = [...new Set([...named.keys(), ...used.keys()])].map((id) => {
      const parts = [named.get(id), used.get(id)].filter((part) => part !== undefined);
      return `controller ${nameOf.get(id) ?? id}: ${parts.join("; ")}`;
    });
    return texts.sort(byCodeUnits);
  };
}

function hostRow(
  { id, name }: Host,
  told: (ToldDirectory & Seen) | undefined,
  controllers: readonly string[],
  retired: ReadonlySet<HostId>,
): DirectoryRow {
  const isRetired = retired.has(id);
  if (!told) {
    const state = marked("not reported", isRetired);
    return { part: "host", subject: name, what: "", state, detail: [...controllers], evidence: [] };
  }
  const { record, firstSeen, lastSeen } = told;
  const { status, reason, detail, method, role, computerAccount, entra, checkedAt, probeMs } = record;
  const domain = record.dnsDomain ?? record.realm;
  const asked = probeMs === undefined ? "no controller was asked" : `a controller was asked, ${probeMs} ms`;
  return {
    part: "host",
    subject: name,
    what: [computerAccount, method, role].filter((text) => text !== undefined).join(", "),
    state: marked(reason === undefined ? status : `${status}, ${reason}`, isRetired),
    detail: [
      ...(detail === undefined ? [] : [detail]),
      `checked ${checkedAt}: ${asked}`,
      ...(entra && entra.state !== "none" ? [`Entra: ${entra.state}`] : []),
      ...controllers,
    ],
    ...(domain !== undefined && { domain }),
    ...(record.site !== undefined && { site: record.site }),
    firstSeen,
    lastSeen,
    evidence: record.evidence.map(
      ({ source, value, verifiedLive }) => `${source}: ${value}${verifiedLive ? " (confirmed by a controller)" : ""}`,
    ),
  };
}

/** What one client does with one controller, a line a port. */
function serviceTexts({ controller, services }: ControllerUse, nameOf: (id: HostId) => string): string[] {
  return services.map(({ protocol, port, lowerBound, connections, processes, ...seen }) => {
    const amount = `${lowerBound ? "at least " : ""}${count(connections, "connection")}`;
    const by = processes.length > 0 ? `, by ${processes.join(", ")}` : "";
    const when = `${rfc3339(seen.firstSeen)} to ${rfc3339(seen.lastSeen)}`;
    return `${protocol}/${port} of ${nameOf(controller)}: ${amount}, ${when}${by}`;
  });
}

function outsiderRow(
  { client, membership, services, processes, controllers }: DirectoryOutsider,
  all: readonly ControllerUse[],
  nameOf: (id: HostId) => string,
): DirectoryRow {
  const uses = all.map((use) => ({
    ...use,
    services: use.services.filter(({ protocol, port }) => services.includes(`${protocol}/${port}`)),
  }));
  const seen = uses.flatMap((use) => use.services);
  return {
    part: "authenticates",
    subject: nameOf(client),
    what: services.join(", "),
    state: membership === "not-reported" ? "not reported" : membership,
    detail: [
      `asks ${controllers.map(nameOf).sort(byCodeUnits).join(", ")}`,
      processes.length > 0 ? `by ${processes.join(", ")}` : "by a process that is not known",
    ],
    ...(seen.length > 0 && {
      firstSeen: Math.min(...seen.map(({ firstSeen }) => firstSeen)),
      lastSeen: Math.max(...seen.map(({ lastSeen }) => lastSeen)),
      connections: seen.reduce((sum, { connections }) => sum + connections, 0),
    }),
    evidence: uses.flatMap((use) => serviceTexts(use, nameOf)).sort(byCodeUnits),
  };
}

function segmentRow({ cidr, site, sites, silent }: SegmentSites): DirectoryRow {
  return {
    part: "segment",
    subject: cidr,
    what: site,
    state: sites.length === 0 ? "no AD site known" : "in an AD site",
    detail: [
      ...sites.map(({ name, hosts }) => `${count(hosts, "host")} in ${name}`),
      ...(silent > 0 ? [`${count(silent, "joined host")} named no site`] : []),
    ],
    ...(sites.length > 0 && { site: sites.map(({ name }) => name).join(", ") }),
    evidence: [],
  };
}

/**
 * Active Directory, line by line: what members need of controllers, the controllers, every managed and imported host, who
 * authenticates without being joined, service accounts, what names an address, and the segments' sites. By names, as ids
 * depend on who reported first.
 */
export function directoryRows(evidence: DirectoryEvidence, hosts: readonly Host[], ruleSet: RuleSet): DirectoryRow[] {
  const told = new Map(evidence.directory.map((entry) => [entry.hostId, entry]));
  const known = hostNames(hosts);
  const controllers = new Map(evidence.controllers.map(({ id, name }) => [id, name]));
  const nameOf = (id: HostId) => known.get(id) ?? controllers.get(id) ?? id.replace(/^u:.*?:/, "");
  const toldOf = controllersOf(evidence);
  const usesOf = Map.groupBy(evidence.uses, ({ client }) => client);
  const byName = (a: HostId, b: HostId) => byCodeUnits(nameOf(a), nameOf(b)) || byCodeUnits(a, b);
  const sorted = hosts.filter(({ kind }) => kind !== "unmanaged").toSorted((a, b) => byCodeUnits(a.name, b.name));
  return [
    ...ruleSet.bundles.flatMap((bundle) => bundleRows(bundle, ruleSet)),
    ...evidence.controllers
      .toSorted((a, b) => byCodeUnits(a.name, b.name) || byCodeUnits(a.id, b.id))
      .map((controller) => controllerRow(controller, evidence.retired)),
    ...sorted.map((host) => hostRow(host, told.get(host.id), toldOf(host.id), evidence.retired)),
    ...evidence.outsiders
      .toSorted((a, b) => byName(a.client, b.client))
      .map((outsider) => outsiderRow(outsider, usesOf.get(outsider.client) ?? [], nameOf)),
    ...sorted.flatMap(({ id, name }): DirectoryRow[] =>
      (told.get(id)?.record.serviceAccounts ?? []).map(({ consumer, account, kind }) => ({
        part: "account",
        subject: name,
        what: consumer,
        state: kind,
        detail: [account],
        evidence: [],
      })),
    ),
    ...evidence.addressDependencies
      .toSorted((a, b) => byName(a.hostId, b.hostId))
      .map((item) => addressRow(item, nameOf(item.hostId))),
    ...evidence.segments.map(segmentRow),
  ];
}
