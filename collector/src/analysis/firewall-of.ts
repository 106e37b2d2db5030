import type { FirewallDocument } from "@portolan/export";
import { deriveRules, type Scope } from "@portolan/firewall";
import type { Analysis } from "./analysis.ts";

/** What the firewall writers take, derived from an analysis; the rules were expanded and checked on the way. */
export function firewallOf(analysis: Analysis, scope: Scope, now: number): FirewallDocument {
  const dependencies = analysis.dependencies.all();
  const ruleSet = deriveRules({
    dependencies,
    hosts: analysis.hosts,
    zones: analysis.zones,
    scope,
  });
  return {
    view: "current",
    mode: "exact",
    scope,
    generatedAt: now,
    asOf: analysis.asOf,
    window: analysis.window,
    simulated: analysis.simulated,
    ruleSet,
    dependencies,
    hosts: analysis.hosts,
    coverage: analysis.coverage,
  };
}
