import type { Rule, RuleEndpoint } from "@portolan/firewall";
import { csv } from "./csv.ts";
import type { CsvValue } from "./csv.ts";
import type { FirewallDocument } from "./firewall-document.ts";
import { cidr, rfc3339, serviceText } from "./text.ts";

const HEADER = [
  "no",
  "rule",
  "source_zone",
  "source_names",
  "source_addresses",
  "destination_zone",
  "destination_names",
  "destination_addresses",
  "services",
  "purpose",
  "flows",
  "connections",
  "first_seen",
  "last_seen",
  "days",
  "seen_from_client",
  "seen_from_server",
  "seen_from_both",
  "over_permission",
  "bundle",
];

const names = (ends: readonly RuleEndpoint[]) => ends.map((end) => end.name).join("; ");
const addresses = (ends: readonly RuleEndpoint[]) => ends.flatMap((end) => end.addresses.map(cidr)).join(" ");

function row(rule: Rule, index: number): CsvValue[] {
  const { evidence } = rule;
  return [
    index + 1,
    rule.id,
    rule.sourceZone,
    names(rule.sources),
    addresses(rule.sources),
    rule.destinationZone,
    names(rule.destinations),
    addresses(rule.destinations),
    rule.services.map(serviceText).join("; "),
    rule.purpose,
    evidence.flows,
    evidence.connections,
    rfc3339(evidence.firstSeen),
    rfc3339(evidence.lastSeen),
    evidence.days,
    evidence.ends.client,
    evidence.ends.server,
    evidence.ends.both,
    rule.overPermission,
    rule.bundle,
  ];
}

/**
 * The rules, one a line; names are separated by "; ", addresses (ranges with prefix) by a blank. A column `simulated`
 * is added when the evidence was simulated, because nothing else in the file could say so.
 */
export function firewallCsv(document: FirewallDocument): Generator<string> {
  const { simulated, ruleSet } = document;
  const rows = ruleSet.rules.map((rule, index) => row(rule, index).concat(simulated ? [true] : []));
  return csv(simulated ? [...HEADER, "simulated"] : HEADER, rows);
}
