import type { Rule, RuleEndpoint } from "@portolan/firewall";
import { addressText, serviceText } from "../text.ts";
import { cellList, cellText } from "./cell-text.ts";
import type { Column } from "./sheet.ts";

/** Names and addresses stand line by line beside each other. */
const names = (ends: readonly RuleEndpoint[]) => cellList(ends.map((end) => end.name));
const addresses = (ends: readonly RuleEndpoint[]) =>
  cellList(ends.map((end) => end.addresses.map(addressText).join(", ")));

function seenFrom({ client, server, both }: Rule["evidence"]["ends"]): string {
  const parts = [
    both > 0 ? `both ends: ${both}` : "",
    client > 0 ? `client only: ${client}` : "",
    server > 0 ? `server only: ${server}` : "",
  ];
  return parts.filter((part) => part !== "").join("\n");
}

export const RULE_COLUMNS: readonly Column<Rule>[] = [
  { header: "No", width: 6, kind: "number", content: (_rule, index) => index + 1 },
  { header: "Rule id", width: 13, widest: 24, kind: "text", content: (rule) => cellText(rule.id) },
  { header: "Source zone", width: 13, widest: 22, kind: "text", content: (rule) => cellText(rule.sourceZone) },
  { header: "Source", width: 16, widest: 34, kind: "text", content: (rule) => names(rule.sources) },
  { header: "Source address", width: 18, widest: 28, kind: "text", content: (rule) => addresses(rule.sources) },
  {
    header: "Destination zone",
    width: 13,
    widest: 22,
    kind: "text",
    content: (rule) => cellText(rule.destinationZone),
  },
  { header: "Destination", width: 16, widest: 34, kind: "text", content: (rule) => names(rule.destinations) },
  {
    header: "Destination address",
    width: 18,
    widest: 28,
    kind: "text",
    content: (rule) => addresses(rule.destinations),
  },
  {
    header: "Service",
    width: 16,
    widest: 26,
    kind: "text",
    content: (rule) => cellList(rule.services.map(serviceText)),
  },
  { header: "Purpose", width: 20, widest: 40, kind: "text", content: (rule) => cellText(rule.purpose) },
  { header: "Connections", width: 13, kind: "integer", content: (rule) => rule.evidence.connections },
  { header: "First seen (UTC)", width: 17, kind: "time", content: (rule) => new Date(rule.evidence.firstSeen) },
  { header: "Last seen (UTC)", width: 17, kind: "time", content: (rule) => new Date(rule.evidence.lastSeen) },
  { header: "Days", width: 8, kind: "integer", content: (rule) => rule.evidence.days },
  { header: "Dependencies seen from", width: 17, kind: "text", content: (rule) => seenFrom(rule.evidence.ends) },
  { header: "Over-permission", width: 13, kind: "integer", content: (rule) => rule.overPermission },
];
