import type { LeftOut, MatrixCell, Rule, RuleEndpoint, RuleEvidence, RuleService, RuleSet } from "@portolan/firewall";
import { coverageJson } from "./coverage-json.ts";
import type { CoverageJson } from "./coverage-json.ts";
import type { FirewallDocument } from "./firewall-document.ts";
import { byCodeUnits, cidr, rfc3339 } from "./text.ts";

export interface RuleJson {
  id: string;
  sourceZone: string;
  destinationZone: string;
  sources: RuleEndpoint[];
  destinations: RuleEndpoint[];
  services: RuleService[];
  purpose: string;
  overPermission: number;
  evidence: Omit<RuleEvidence, "firstSeen" | "lastSeen" | "dependencies"> & { firstSeen: string; lastSeen: string };
}

export interface FirewallJson {
  view: "current";
  mode: "exact";
  scope: "cross-zone" | "all";
  generatedAt: string;
  asOf: string;
  window: { from: string; to: string };
  simulated: boolean;
  zonesAreSegments: boolean;
  rules: RuleJson[];
  unzoned: LeftOut[];
  coverage: CoverageJson;
}

const endpoint = (end: RuleEndpoint): RuleEndpoint => ({ name: end.name, addresses: end.addresses.map(cidr) });

/** One rule as documents and the API show it: addresses as ranges, times in RFC 3339 UTC. */
export function ruleJson(rule: Rule): RuleJson {
  const { flows, connections, firstSeen, lastSeen, days, ends } = rule.evidence;
  return {
    id: rule.id,
    sourceZone: rule.sourceZone,
    destinationZone: rule.destinationZone,
    sources: rule.sources.map(endpoint),
    destinations: rule.destinations.map(endpoint),
    services: rule.services,
    purpose: rule.purpose,
    overPermission: rule.overPermission,
    evidence: { flows, connections, firstSeen: rfc3339(firstSeen), lastSeen: rfc3339(lastSeen), days, ends },
  };
}

/** The `firewall` document of the interface. */
export function firewallJson(document: FirewallDocument): FirewallJson {
  const { view, mode, scope, simulated, ruleSet } = document;
  return {
    view,
    mode,
    scope,
    generatedAt: rfc3339(document.generatedAt),
    asOf: rfc3339(document.asOf),
    window: { from: rfc3339(document.window.from), to: rfc3339(document.window.to) },
    simulated,
    zonesAreSegments: ruleSet.zonesAreSegments,
    rules: ruleSet.rules.map(ruleJson),
    unzoned: ruleSet.unzoned,
    coverage: coverageJson(document.coverage),
  };
}

/** All zones that the matrix or a rule names, sorted. */
export function matrixZones(ruleSet: RuleSet): string[] {
  const zones = new Set(
    [...ruleSet.matrix, ...ruleSet.rules].flatMap((pair) => [pair.sourceZone, pair.destinationZone]),
  );
  return [...zones].sort(byCodeUnits);
}

/** The zone × zone matrix; a pair of zones without a cell has nothing between them. */
export function matrixJson(ruleSet: RuleSet): { zones: string[]; items: MatrixCell[] } {
  return { zones: matrixZones(ruleSet), items: ruleSet.matrix };
}
