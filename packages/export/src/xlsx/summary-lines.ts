import { blindnessSentence } from "../blindness-sentences.ts";
import { NO_RULE_SENTENCES } from "../firewall-document.ts";
import type { CoverageSummary, FirewallDocument, NoRuleReason, RulePlace } from "../firewall-document.ts";
import { byCodeUnits, someOf } from "../text.ts";
import type { CellContent } from "./sheet.ts";

export type SummaryLine = { section: string } | { label: string; content: CellContent };

const SCOPES = {
  "cross-zone": "cross-zone: rules between zones; what stays within one zone needs no firewall and is only counted",
  all: "all: rules within a zone too",
} as const;

const FORMS = {
  exact:
    "exact: what members were seen to use of domain controllers. The sheet Active Directory lists what else Microsoft requires.",
  bundle:
    "bundle: one rule with all ports that Microsoft requires, from the members to their controllers; what nobody was seen to use of it is counted as over-permission.",
} as const;

const line = (label: string, content: CellContent): SummaryLine => ({ label, content });

function countByReason(
  document: FirewallDocument,
  placeOf: (d: FirewallDocument["dependencies"][number]) => RulePlace,
) {
  const counts = new Map<NoRuleReason, number>();
  let inRules = 0;
  for (const dependency of document.dependencies) {
    const place = placeOf(dependency);
    if ("rules" in place) inRules += 1;
    else counts.set(place.reason, (counts.get(place.reason) ?? 0) + 1);
  }
  return { inRules, byReason: [...counts].sort(([a], [b]) => byCodeUnits(a, b)) };
}

function kindsOfDay({ weekday, weekend, monthEnd, monthStart }: CoverageSummary["kindsOfDay"]): string {
  const counts = `${weekday} weekdays, ${weekend} weekend days, ${monthEnd} at a month's end, ${monthStart} at a month's start`;
  const unseen = [
    weekend === 0 ? "weekend" : "",
    monthEnd === 0 ? "month-end" : "",
    monthStart === 0 ? "month-start" : "",
  ].filter((kind) => kind !== "");
  if (unseen.length === 0) return counts;
  return `${counts}. No ${unseen.join(", no ")} was watched: what runs only then is missing here.`;
}

/** What the hosts' sources cannot see: a line a kind of blindness, with the hosts it holds for. The Coverage sheet has it by host. */
function blindnessLines({ hosts }: CoverageSummary): SummaryLine[] {
  const hostsOf = new Map<string, string[]>();
  for (const host of hosts) {
    for (const word of host.blindTo) hostsOf.set(word, [...(hostsOf.get(word) ?? []), host.name]);
  }
  const words = [...hostsOf].sort(([a], [b]) => byCodeUnits(a, b));
  if (words.length === 0) return [line("Blind to", "nothing that the sources know of")];
  return words.map(([word, names], index) => {
    const where = names.length === hosts.length ? "on every host" : `on ${names.length} of ${hosts.length} hosts`;
    const which = hosts.length > 1 && names.length === hosts.length ? "" : `: ${someOf(names)}`;
    return line(index === 0 ? "Blind to" : "", `${blindnessSentence(word)} — ${where}${which}`);
  });
}

function coverageLines(coverage: CoverageSummary): SummaryLine[] {
  const { hosts, days, hostsWithoutAgent } = coverage;
  const lost = hosts.reduce((sum, host) => sum + host.lost, 0);
  const gapSeconds = Math.round(hosts.reduce((sum, host) => sum + host.gapMs, 0) / 1000);
  return [
    { section: "What was seen" },
    line("Hosts that reported", hosts.filter((host) => host.firstReport !== undefined).length),
    line("Days with evidence", days.length === 0 ? "none" : `${days.length} (${days[0]} to ${days.at(-1)})`),
    line("Kinds of day", kindsOfDay(coverage.kindsOfDay)),
    { section: "What was not seen" },
    line(
      "Hosts without an agent",
      hostsWithoutAgent.length === 0 ? "none known" : `${hostsWithoutAgent.length}: ${someOf(hostsWithoutAgent)}`,
    ),
    ...blindnessLines(coverage),
    line("Observations lost", lost),
    line("Time not looking", `${gapSeconds} s, all hosts together`),
    ...coverage.notes.map((text, index) => line(index === 0 ? "Notes" : "", text)),
  ];
}

const HOW_TO_READ: SummaryLine[] = [
  { section: "How to read this" },
  line(
    "Exact",
    "The rules allow every pair of hosts and port that was seen, and nothing else (a bundle of Active Directory that was asked for as one rule excepted). Over-permission counts triples of host, host and port that a rule allows and nobody was seen to use. A range (a prefix) counts as one host: it stands for as many clients as the Dependencies sheet says, and all of it is allowed.",
  ),
  line(
    "At least",
    "The count is a lower bound: where only samples were taken, short connections may have been missed; and days older than 62 are counted by month, which can't be split where the period begins or ends within it. The dependency itself and its days are certain.",
  ),
  line(
    "Direction",
    "observed: the listening port or the connect call was seen. corrected: the other end settled it. guessed: only the port numbers speak for it; check before asking for it. unknown: not in any rule.",
  ),
  line(
    "Overlaps",
    "Two rules may allow the same pair, where that saves rules; its connections then count in both. For sums use the Dependencies sheet.",
  ),
  line("Seen from", "Which end has an agent that saw it: client, server or both. Both is the strongest evidence."),
  line("Unmanaged", "Known only as somebody's peer: no agent, in no file. Please name these, see Unmanaged peers."),
  line("Times", "All times are UTC."),
];

/** The lines of the first sheet, below its title. */
export function summaryLines(
  document: FirewallDocument,
  placeOf: (dependency: FirewallDocument["dependencies"][number]) => RulePlace,
): SummaryLine[] {
  const { ruleSet, window } = document;
  const { inRules, byReason } = countByReason(document, placeOf);
  return [
    { section: "What this asks for" },
    line("Rules", ruleSet.rules.length),
    line("Dependencies in rules", inRules),
    ...byReason.map(([reason, count]) => line(`In no rule: ${count}`, NO_RULE_SENTENCES[reason])),
    line(
      "Over-permission",
      ruleSet.rules.reduce((sum, rule) => sum + rule.overPermission, 0),
    ),
    { section: "Options" },
    line("View", "current: the estate as it stands today"),
    line("Mode", "exact: only what was seen"),
    line("Scope", SCOPES[document.scope]),
    line("Active Directory", FORMS[ruleSet.bundleForm]),
    line(
      "Zones",
      ruleSet.zonesAreSegments ? "none given: network segments stand in for zones" : "as given in the zones file",
    ),
    line("Evidence from", new Date(window.from)),
    line("Evidence to", new Date(window.to)),
    line("Evidence as of", new Date(document.asOf)),
    line("Written", new Date(document.generatedAt)),
    ...coverageLines(document.coverage),
    ...HOW_TO_READ,
  ];
}
