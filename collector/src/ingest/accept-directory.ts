import { type AddressDependency, Directory, HostFacts } from "@portolan/protocol";
import type { z } from "zod";
import type { SeenAt } from "./accept-flow.ts";
import { checkItem, type Findings } from "./check-items.ts";
import { describeIssue } from "./describe-issue.ts";

type Members = Record<string, unknown>;

const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Without these nobody can say what the rest would mean. */
const NEEDED = new Set<string>(["status", "checkedAt"]);

const { domainControllers, spns, serviceAccounts, evidence } = Directory.shape;
const LISTS = { domainControllers, spns, serviceAccounts, evidence };
const ADDRESS_DEPENDENCIES = HostFacts.shape.dependenciesOnAddress.unwrap();

/** The items of a list that are as they should be. What is no list, or too long, costs the list. */
function acceptList<Item>(
  list: z.ZodArray<z.ZodType<Item>>,
  input: unknown,
  path: readonly PropertyKey[],
  findings: Findings,
): Item[] {
  const accepted: Item[] = [];
  if (input === undefined) return accepted;
  const wrong = list.safeParse(input).error?.issues.find((issue) => issue.path.length === 0);
  if (wrong || !Array.isArray(input)) {
    if (wrong) findings.rejected.push(describeIssue(wrong, input, path));
    return accepted;
  }
  for (const [index, value] of input.entries()) {
    const item = checkItem(list.element, value, [...path, index], findings);
    if (item !== undefined) accepted.push(item);
  }
  return accepted;
}

/**
 * What a host says of its domain: every field and every item of a list by itself, so that a bad one costs only itself.
 * Undefined where status or time can't be read.
 * @param seenAt times by the collector's clock
 */
export function acceptDirectory(
  input: unknown,
  seenAt: (sent: SeenAt) => SeenAt,
  findings: Findings,
): Directory | undefined {
  const path = ["directory"];
  if (!isMembers(input)) {
    checkItem(Directory, input, path, findings);
    return undefined;
  }
  const fields: Members = {};
  for (const [key, schema] of Object.entries(Directory.shape)) {
    if (Object.hasOwn(LISTS, key) || (input[key] === undefined && !NEEDED.has(key))) continue;
    const value = checkItem<unknown>(schema, input[key], [...path, key], findings);
    if (value !== undefined) fields[key] = value;
    else if (NEEDED.has(key)) return undefined;
  }
  for (const [key, list] of Object.entries(LISTS)) {
    fields[key] = acceptList<unknown>(list, input[key], [...path, key], findings);
  }
  const checked = Directory.parse(fields);
  findings.unknownKeys += Object.keys(input).filter((key) => !Object.hasOwn(Directory.shape, key)).length;
  const checkedAt = Date.parse(checked.checkedAt);
  const { lastSeen } = seenAt({ firstSeen: checkedAt, lastSeen: checkedAt });
  return { ...checked, checkedAt: new Date(lastSeen).toISOString() };
}

/** What on the host names an address; of what an agent without this knowledge sends there is nothing. */
export function acceptAddressDependencies(host: unknown, findings: Findings): AddressDependency[] | undefined {
  if (!isMembers(host) || host["dependenciesOnAddress"] === undefined) return undefined;
  const path = ["host", "dependenciesOnAddress"];
  return acceptList(ADDRESS_DEPENDENCIES, host["dependenciesOnAddress"], path, findings);
}
