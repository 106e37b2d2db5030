import { byText, type Host, sortedText, stableId } from "@portolan/graph";
import { type Box, type Cell, cellsOf } from "./boxes.ts";
import { cellText, collectCells, type SeenCell, type ZonePair } from "./cells.ts";
import { consolidate } from "./consolidate.ts";
import { type BundleSplit, directoryTraffic, splitBundles } from "./directory/bundle-cells.ts";
import { bundleOf, bundleRule, type DraftBundle } from "./directory/bundle.ts";
import { endpointsOf, ownersOf, ruleService } from "./endpoints.ts";
import { evidenceOf } from "./evidence.ts";
import { zoneMatrix } from "./matrix.ts";
import { purposeOf } from "./purpose.ts";
import type { Bundle, BundleForm, Rule, RuleInput, RuleSet } from "./types.ts";
import { verifyBundle, verifyRules } from "./verify.ts";

/**
 * The firewall rules that allow exactly what was seen between zones: nothing over, nothing missing, expanded and checked
 * before they are returned. Members' traffic to domain controllers makes bundles; where these are asked for as one rule each,
 * such a rule alone allows more, and says how much. Rules are sorted by source zone, destination zone and first source.
 *
 * `scope` decides only which rules are listed; the matrix counts all pairs. What stays on one host makes no rule; every other
 * dependency stands in a rule's evidence or in `unzoned`.
 *
 * @throws RuleVerificationError when the check fails; AddressRangeError for a zone whose cidr is no range.
 */
export function deriveRules(input: RuleInput): RuleSet {
  const { dependencies, hosts, zones, scope, activeDirectory, bundleForm = "exact" } = input;
  const { pairs, leftOut } = collectCells({ dependencies, hosts, zones });
  const names = new Map(hosts.map((host) => [host.id, host]));
  const traffic = activeDirectory && directoryTraffic(activeDirectory, dependencies);
  const counted = pairs.map((pair) => {
    const { ordinary, parts } = splitBundles(pair, traffic);
    const rules = rulesOfPair(ordinary, names);
    verifyRules(ordinary, rules);
    const bundles = traffic
      ? parts.map((part) => rulesOfBundle(part, bundleOf(part, traffic, names), bundleForm, names))
      : [];
    return { pair, rules: [...rules, ...bundles.flatMap((bundle) => bundle.rules)], bundles };
  });
  const shown = counted.filter(({ pair }) => scope === "all" || pair.sourceZone !== pair.destinationZone);
  const rules = withShortIds(shown.flatMap((entry) => entry.rules).sort(compareRules));
  return {
    mode: "exact",
    scope,
    zonesAreSegments: zones.length === 0,
    rules,
    bundleForm,
    bundles: shown
      .flatMap(({ bundles }) => bundles)
      // Ids were shortened in place.
      .map(({ bundle, rules: own }): Bundle => ({ ...bundle, rules: sortedText(own.map(({ id }) => id)) }))
      .sort(compareBundles),
    matrix: zoneMatrix(counted.map(({ pair, rules }) => ({ pair, rules: rules.length }))),
    unzoned: leftOut.sort((a, b) => byText(a.dependency, b.dependency)),
  };
}

/** The rules that stand for a bundle, checked. */
function rulesOfBundle(
  { pair }: BundleSplit["parts"][number],
  bundle: DraftBundle,
  form: BundleForm,
  hosts: ReadonlyMap<string, Host>,
): { bundle: DraftBundle; rules: Rule[] } {
  if (form === "bundle") {
    const rule = bundleRule(bundle);
    verifyBundle(pair, rule);
    return { bundle, rules: [rule] };
  }
  const rules = rulesOfPair(pair, hosts);
  verifyRules(pair, rules);
  const { name } = bundle;
  return { bundle, rules: rules.map((rule) => ({ ...rule, purpose: `${name}: ${rule.purpose}`, bundle: name })) };
}

type Service = Pick<SeenCell, "protocol" | "port">;

function rulesOfPair(pair: ZonePair, hosts: ReadonlyMap<string, Host>): Rule[] {
  const seen = [...pair.cells.values()];
  const sources = sortedText(seen.map((cell) => cell.source));
  const destinations = sortedText(seen.map((cell) => cell.destination));
  const services = distinctServices(seen);
  const sourceAt = positions(sources);
  const destinationAt = positions(destinations);
  const serviceAt = positions(services.map(serviceText));
  const cells = seen.map((cell): Cell => [
    sourceAt.get(cell.source) ?? -1,
    destinationAt.get(cell.destination) ?? -1,
    serviceAt.get(serviceText(cell)) ?? -1,
  ]);
  const owners = { client: ownersOf(seen, "client", hosts), server: ownersOf(seen, "server", hosts) };
  return consolidate(cells).map((box): Rule => {
    const inside = dependenciesOf(box, pair, sources, destinations, services);
    const [clients, servers, used] = [pick(sources, box[0]), pick(destinations, box[1]), pick(services, box[2])];
    const { sourceZone, destinationZone } = pair;
    // By addresses, not names: a host that is renamed keeps its rules.
    const contents = [[sourceZone], [destinationZone], clients, servers, used.map(serviceText)];
    return {
      id: stableId(contents.map((part) => part.join("\t")).join("\n")),
      sourceZone,
      destinationZone,
      sources: endpointsOf(clients, owners.client),
      destinations: endpointsOf(servers, owners.server),
      services: used.map(ruleService),
      purpose: purposeOf(inside),
      overPermission: 0,
      evidence: evidenceOf(inside),
    };
  });
}

function dependenciesOf(
  box: Box,
  { cells }: ZonePair,
  sources: readonly string[],
  destinations: readonly string[],
  services: readonly Service[],
): SeenCell["dependencies"] {
  const found: SeenCell["dependencies"] = [];
  for (const [source, destination, service] of cellsOf(box)) {
    const { protocol, port } = services[service] ?? { protocol: "tcp", port: -1 };
    const cell = cells.get(cellText(sources[source] ?? "", destinations[destination] ?? "", protocol, port));
    if (cell) found.push(...cell.dependencies);
  }
  return found;
}

function distinctServices(seen: readonly SeenCell[]): Service[] {
  const services = new Map<string, Service>();
  for (const { protocol, port } of seen) services.set(serviceText({ protocol, port }), { protocol, port });
  return [...services.values()].sort((a, b) => byText(a.protocol, b.protocol) || a.port - b.port);
}

function serviceText({ protocol, port }: Service): string {
  return `${protocol}/${port}`;
}

function positions(values: readonly string[]): Map<string, number> {
  return new Map(values.map((value, index) => [value, index]));
}

function pick<T>(values: readonly T[], indexes: readonly number[]): T[] {
  return indexes.flatMap((index) => values.slice(index, index + 1));
}

function compareRules(a: Rule, b: Rule): number {
  return (
    byText(a.sourceZone, b.sourceZone) ||
    byText(a.destinationZone, b.destinationZone) ||
    byText(a.sources[0]?.name ?? "", b.sources[0]?.name ?? "") ||
    byText(a.destinations[0]?.name ?? "", b.destinations[0]?.name ?? "") ||
    byText(a.id, b.id)
  );
}

function compareBundles(a: Bundle, b: Bundle): number {
  return byText(a.sourceZone, b.sourceZone) || byText(a.destinationZone, b.destinationZone) || byText(a.name, b.name);
}

/** Eight digits are enough to talk about a rule; the few that share them keep all sixteen. */
function withShortIds(rules: Rule[]): Rule[] {
  const uses = new Map<string, number>();
  for (const { id } of rules) uses.set(id.slice(0, 8), (uses.get(id.slice(0, 8)) ?? 0) + 1);
  for (const rule of rules) {
    const short = rule.id.slice(0, 8);
    rule.id = `R-${uses.get(short) === 1 ? short : rule.id}`;
  }
  return rules;
}
