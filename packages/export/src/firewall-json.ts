import type {
  Bundle,
  BundleForm,
  BundlePort,
  LeftOut,
  MatrixCell,
  Rule,
  RuleEndpoint,
  RuleEvidence,
  RuleService,
  RuleSet,
} from "@portolan/firewall";
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
  evidence: EvidenceJson;
  bundle?: string;
}

type EvidenceJson = Omit<RuleEvidence, "firstSeen" | "lastSeen" | "dependencies"> & {
  firstSeen: string;
  lastSeen: string;
};

type BundlePortJson = Omit<BundlePort, "firstSeen" | "lastSeen"> & { firstSeen?: string; lastSeen?: string };

export type BundleJson = Omit<Bundle, "evidence" | "ports"> & { evidence: EvidenceJson; ports: BundlePortJson[] };

export interface FirewallJson {
  view: "current";
  mode: "exact";
  scope: "cross-zone" | "all";
  /** How members' traffic to domain controllers stands among the rules. */
  activeDirectory: BundleForm;
  generatedAt: string;
  asOf: string;
  window: { from: string; to: string };
  simulated: boolean;
  zonesAreSegments: boolean;
  rules: RuleJson[];
  bundles: BundleJson[];
  unzoned: LeftOut[];
  coverage: CoverageJson;
}

const endpoint = (end: RuleEndpoint): RuleEndpoint => ({ name: end.name, addresses: end.addresses.map(cidr) });

function evidenceJson({ flows, connections, firstSeen, lastSeen, days, ends }: RuleEvidence): EvidenceJson {
  return { flows, connections, firstSeen: rfc3339(firstSeen), lastSeen: rfc3339(lastSeen), days, ends };
}

/** One rule as documents and the API show it: addresses as ranges, times in RFC 3339 UTC. */
export function ruleJson(rule: Rule): RuleJson {
  return {
    id: rule.id,
    sourceZone: rule.sourceZone,
    destinationZone: rule.destinationZone,
    sources: rule.sources.map(endpoint),
    destinations: rule.destinations.map(endpoint),
    services: rule.services,
    purpose: rule.purpose,
    overPermission: rule.overPermission,
    evidence: evidenceJson(rule.evidence),
    ...(rule.bundle !== undefined && { bundle: rule.bundle }),
  };
}

function bundlePortJson({ firstSeen, lastSeen, ...port }: BundlePort): BundlePortJson {
  return {
    ...port,
    ...(firstSeen !== undefined && { firstSeen: rfc3339(firstSeen) }),
    ...(lastSeen !== undefined && { lastSeen: rfc3339(lastSeen) }),
  };
}

/** One bundle, likewise. */
export function bundleJson(bundle: Bundle): BundleJson {
  return {
    ...bundle,
    sources: bundle.sources.map(endpoint),
    destinations: bundle.destinations.map(endpoint),
    evidence: evidenceJson(bundle.evidence),
    ports: bundle.ports.map(bundlePortJson),
  };
}

/** The `firewall` document of the interface. */
export function firewallJson(document: FirewallDocument): FirewallJson {
  const { view, mode, scope, simulated, ruleSet } = document;
  return {
    view,
    mode,
    scope,
    activeDirectory: ruleSet.bundleForm,
    generatedAt: rfc3339(document.generatedAt),
    asOf: rfc3339(document.asOf),
    window: { from: rfc3339(document.window.from), to: rfc3339(document.window.to) },
    simulated,
    zonesAreSegments: ruleSet.zonesAreSegments,
    rules: ruleSet.rules.map(ruleJson),
    bundles: ruleSet.bundles.map(bundleJson),
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
