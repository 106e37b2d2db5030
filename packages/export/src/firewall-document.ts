import type { LeftOut, Rule, RuleSet, Scope } from "@portolan/firewall";
import type { Dependency, Host, HostKind } from "@portolan/graph";
import type { DirectoryEvidence } from "./directory/directory-rows.ts";

/** What is known about one host's evidence. Times are milliseconds since 1970 UTC. */
export interface HostCoverageSummary {
  name: string;
  kind: HostKind;
  site: string;
  /** Absent when the host never reported. */
  firstReport?: number;
  lastReport?: number;
  /** Number of days with evidence. */
  days: number;
  /** Names of the sources that ran. */
  sources: string[];
  /** Words of the protocol's BLINDNESS; words that this version does not know are kept as they are. */
  blindTo: string[];
  /** Observations known to be lost. */
  lost: number;
  /** Milliseconds in which the host's sources did not look. */
  gapMs: number;
}

/** Which hosts, days and kinds of day the evidence spans, and what each host's sources cannot see. */
export interface CoverageSummary {
  hosts: HostCoverageSummary[];
  /** Sorted, YYYY-MM-DD. */
  days: string[];
  /** Number of days of each kind; a day may count as several. */
  kindsOfDay: { weekday: number; weekend: number; monthEnd: number; monthStart: number };
  /** Names of hosts that a file lists and no agent reports from. */
  hostsWithoutAgent: string[];
  /** Further sentences for the reader. */
  notes: string[];
}

/** What every firewall writer takes. Times are milliseconds since 1970 UTC and are all passed in. */
export interface FirewallDocument {
  view: "current";
  mode: "exact";
  scope: Scope;
  generatedAt: number;
  /** Up to when evidence was taken into account. */
  asOf: number;
  window: { from: number; to: number };
  /** True when any of the evidence was made up by a simulation. */
  simulated: boolean;
  ruleSet: RuleSet;
  /** All dependencies of the window, in a rule or not. */
  dependencies: readonly Dependency[];
  hosts: readonly Host[];
  directory: DirectoryEvidence;
  coverage: CoverageSummary;
}

/** Why a dependency stands in no rule. */
export type NoRuleReason = LeftOut["reason"] | "same-host" | "same-zone";

export const NO_RULE_SENTENCES: Readonly<Record<NoRuleReason, string>> = {
  "no-address": "an end has no known address",
  "host-local-address": "an address that exists only inside its host",
  "no-zone": "an end lies in no zone",
  "direction-unknown": "nobody saw which end is the client",
  "port-unknown": "the client reset it, and nobody saw the server's port",
  "never-succeeded": "every attempt seen was refused or not answered",
  "same-host": "stays on one host",
  "same-zone": "stays within one zone",
};

/** Which rules a dependency stands in, or why in none. */
export type RulePlace = { rules: Rule[] } | { reason: NoRuleReason };

/** Looks up the place of a dependency. Linear in rules and dependencies to prepare, constant to ask. */
export function rulePlaces(ruleSet: RuleSet): (dependency: Dependency) => RulePlace {
  const rulesOf = new Map<string, Rule[]>();
  for (const rule of ruleSet.rules) {
    for (const id of rule.evidence.dependencies) {
      const rules = rulesOf.get(id);
      if (rules === undefined) rulesOf.set(id, [rule]);
      else rules.push(rule);
    }
  }
  const reasons = new Map(ruleSet.unzoned.map((leftOut) => [leftOut.dependency, leftOut.reason]));
  return (dependency) => {
    const rules = rulesOf.get(dependency.id);
    if (rules !== undefined) return { rules };
    const reason = reasons.get(dependency.id);
    if (reason !== undefined) return { reason };
    const oneHost = dependency.clientHost !== undefined && dependency.clientHost === dependency.serverHost;
    return { reason: oneHost ? "same-host" : "same-zone" };
  };
}
