import type { Rule, RuleEndpoint, RuleService } from "@portolan/firewall";
import { serviceText } from "../text.ts";

/** Below the limit of a cell (32,767), with room for separators. */
const MOST_CHARACTERS = 30_000;
const SEPARATOR = 2;

interface Piece<Item> {
  item: Item;
  /** Of the longest cell that it stands in. */
  length: number;
}

function chunks<Item>(pieces: readonly Piece<Item>[]): Item[][] {
  const found: Item[][] = [[]];
  let room = MOST_CHARACTERS;
  for (const { item, length } of pieces) {
    const last = found.at(-1) ?? [];
    if (length + SEPARATOR > room && last.length > 0) {
      found.push([item]);
      room = MOST_CHARACTERS;
    } else last.push(item);
    room -= length + SEPARATOR;
  }
  return found;
}

/** An endpoint whose addresses alone would fill a cell stands in several pieces. */
function endpointPieces({ name, addresses }: RuleEndpoint): Piece<RuleEndpoint>[] {
  const parts = chunks(addresses.map((item) => ({ item, length: item.length })));
  return parts.map((own) => {
    const length = own.reduce((sum, address) => sum + address.length + SEPARATOR, 0);
    return { item: { name, addresses: own }, length: Math.max(name.length, length) };
  });
}

const servicePiece = (item: RuleService): Piece<RuleService> => ({ item, length: serviceText(item).length });

/**
 * A rule as rows whose cells hold all of it: what does not fit is split, each source beside each destination and
 * service. A cell that is cut off would be a firewall request that lacks somebody. Nearly always the rule itself.
 */
export function ruleParts(rule: Rule): Rule[] {
  const sources = chunks(rule.sources.flatMap(endpointPieces));
  const destinations = chunks(rule.destinations.flatMap(endpointPieces));
  const services = chunks(rule.services.map(servicePiece));
  const count = sources.length * destinations.length * services.length;
  if (count === 1) return [rule];
  return sources
    .flatMap((from) => destinations.flatMap((to) => services.map((using) => ({ from, to, using }))))
    .map(({ from, to, using }, index) => ({
      ...rule,
      id: `${rule.id} (part ${index + 1} of ${count})`,
      sources: from,
      destinations: to,
      services: using,
    }));
}
