import type { Host } from "@portolan/graph";
import type { AddressChange } from "@portolan/waves";
import { ApiError, type Issue } from "../errors.ts";
import { type AddressLine, parseAddressesCsv } from "../imports/parse-addresses-csv.ts";
import type { Analysis } from "./analysis.ts";

const MOST_NAMED = 5;

export interface GivenAddresses {
  changes: AddressChange[];
  /** Old addresses that the hosts are not known to have. */
  warnings: string[];
}

/** By name as lists show it; case matters only where two hosts differ in nothing else. */
function findByName({ hosts, names }: Analysis): (name: string) => Host | undefined {
  const exact = new Map<string, Host>();
  const loose = new Map<string, Host | undefined>();
  for (const host of hosts) {
    const name = names.get(host.id) ?? host.name;
    exact.set(name, host);
    loose.set(name.toLowerCase(), loose.has(name.toLowerCase()) ? undefined : host);
  }
  return (name) => exact.get(name) ?? loose.get(name.toLowerCase());
}

function strangers(file: string, lines: readonly (AddressLine & { owner: Host })[]): string[] {
  const unknown = lines.filter(({ owner, oldAddress }) =>
    owner.addresses.every(({ address }) => address !== oldAddress),
  );
  if (unknown.length === 0) return [];
  const texts = unknown.slice(0, MOST_NAMED).map(({ line, host, oldAddress, owner }) => {
    const known = owner.addresses.filter(({ hostLocal }) => !hostLocal).map(({ address }) => address);
    const has = known.length === 0 ? "no address is known" : known.slice(0, MOST_NAMED).join(", ");
    return `line ${line}, ${oldAddress} of ${host}, of which ${known.length === 0 ? has : `${has} is known`}`;
  });
  const more = unknown.length - texts.length;
  const count = unknown.length === 1 ? "1 old address is" : `${unknown.length} old addresses are`;
  return [`${file}: ${count} not known to be the host's: ${texts.join("; ")}${more > 0 ? `; and ${more} more` : ""}`];
}

/**
 * The lines of an addresses.csv and the hosts that they mean.
 * @param file its name, for messages
 * @throws ApiError invalid_file naming each line, column, value and what was expected
 */
export function readAddresses(analysis: Analysis, file: string, content: Uint8Array): GivenAddresses {
  const refuse = (issues: readonly Issue[]): never => {
    throw new ApiError("invalid_file", `${file} has lines that are not as expected; no plan was made`, issues);
  };
  const lines = parseAddressesCsv(content);
  if (!lines.ok) return refuse(lines.bad);
  const find = findByName(analysis);
  const bad: Issue[] = [];
  const sitesOf = new Map<string, { line: number; site: string }>();
  const meant = lines.value.flatMap((entry) => {
    const { line, host, newAddress, newZone = "" } = entry;
    const owner = find(host);
    if (!owner) {
      bad.push({ line, column: "host", value: host, reason: "expected the name of a managed or imported host" });
      return [];
    }
    // Hosts may share an address, such as a cluster's; at two sites it is two addresses.
    const key = JSON.stringify([newZone, newAddress]);
    const first = sitesOf.get(key) ?? { line, site: owner.site };
    sitesOf.set(key, first);
    if (first.site !== owner.site) {
      const reason = `line ${first.line} gives it to a host of another site, ${first.site}`;
      bad.push({ line, column: "new_address", value: newAddress, reason });
    }
    return [{ ...entry, owner }];
  });
  if (bad.length > 0) return refuse(bad);
  return {
    changes: meant.map(({ owner, oldAddress, newAddress, newZone }) => ({
      host: owner.id,
      oldAddress,
      newAddress,
      ...(newZone !== undefined && { newZone }),
    })),
    warnings: strangers(file, meant),
  };
}
