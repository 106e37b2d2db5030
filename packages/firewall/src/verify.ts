import { sortedText } from "@portolan/graph";
import type { ZonePair } from "./cells.ts";
import { expandRule } from "./expand.ts";
import type { Rule } from "./types.ts";

const MOST_NAMED = 5;

/** The rules would allow something nobody was seen to use, or not allow what somebody was. A fault of Portolan's own. */
export class RuleVerificationError extends Error {
  /** "source destination protocol/port" of what was seen and no rule allows. */
  readonly missing: string[];
  /** The same of what a rule allows and nobody was seen to use. */
  readonly excess: string[];

  constructor(sourceZone: string, destinationZone: string, missing: string[], excess: string[]) {
    super(
      `rules from ${sourceZone} to ${destinationZone} do not equal what was seen: ${missing.length} missing (${missing.slice(0, MOST_NAMED).join("; ")}), ${excess.length} too many (${excess.slice(0, MOST_NAMED).join("; ")})`,
    );
    this.name = "RuleVerificationError";
    this.missing = missing;
    this.excess = excess;
  }
}

/**
 * Expands the rules of a zone pair and compares them with what was seen. Run on every rule set, since a wrong rule opens a
 * firewall or stops a business. O(cells × rules that hold each).
 * @throws RuleVerificationError at the slightest difference.
 */
export function verifyRules({ sourceZone, destinationZone, cells }: ZonePair, rules: readonly Rule[]): void {
  const allowed = new Set<string>();
  for (const rule of rules) for (const cell of expandRule(rule)) allowed.add(cell);
  const excess = [...allowed].filter((cell) => !cells.has(cell));
  const missing = [...cells.keys()].filter((cell) => !allowed.has(cell));
  if (excess.length > 0 || missing.length > 0) {
    throw new RuleVerificationError(sourceZone, destinationZone, sortedText(missing), sortedText(excess));
  }
}

/**
 * Checks that the one rule of a bundle allows all that was seen of it; what it allows beyond that is its purpose, and counted.
 * O(cells), as the dynamic range is not expanded.
 * @throws RuleVerificationError when something is missing.
 */
export function verifyBundle({ sourceZone, destinationZone, cells }: ZonePair, rule: Rule): void {
  const sources = new Set(rule.sources.flatMap(({ addresses }) => addresses));
  const destinations = new Set(rule.destinations.flatMap(({ addresses }) => addresses));
  const missing = [...cells].filter(([, { source, destination, protocol, port }]) => {
    const allowed = rule.services.some(
      (service) => service.protocol === protocol && service.fromPort <= port && port <= service.toPort,
    );
    return !allowed || !sources.has(source) || !destinations.has(destination);
  });
  if (missing.length === 0) return;
  throw new RuleVerificationError(sourceZone, destinationZone, sortedText(missing.map(([text]) => text)), []);
}
