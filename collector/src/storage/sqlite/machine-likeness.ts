import type { HostFacts } from "@portolan/protocol";
import { normaliseAddress } from "../../ingest/normalise-address.ts";
import type { AcceptedReport } from "../accepted-report.ts";

/** What a machine can be recognised by; a report without facts still has the addresses of its flows. */
interface Traits {
  hostname: string | undefined;
  macs: ReadonlySet<string>;
  addresses: ReadonlySet<string>;
}

/** All zeros: loopback, and cards that have none. */
const NO_MAC = /^[0:.-]*$/;

export function traitsOf({ host, flows }: Pick<AcceptedReport, "host" | "flows">): Traits {
  const cards = (host?.interfaces ?? []).filter((card) => !card.hostLocal);
  const addresses = host
    ? cards.flatMap((card) => card.addresses.map(({ address }) => normaliseAddress(address)))
    : flows.filter(({ scope }) => scope === undefined).map(({ localAddress }) => localAddress);
  return {
    hostname: host?.hostname.toLowerCase(),
    macs: new Set(cards.flatMap(({ mac }) => (mac === undefined || NO_MAC.test(mac) ? [] : [mac.toLowerCase()]))),
    addresses: new Set(addresses.filter((address) => !/^(127\.|169\.254\.|fe80:|::1$)/.test(address))),
  };
}

/** From 0, nothing in common, to 7: a shared network card tells more than the name, and that more than an address. */
export function likeness(facts: string | null, of: Traits): number {
  if (facts === null) return 0;
  const known = traitsOf({ host: JSON.parse(facts) as HostFacts, flows: [] });
  const isNamedSo = known.hostname === of.hostname;
  return (
    4 * Number(shares(known.macs, of.macs)) + 2 * Number(isNamedSo) + Number(shares(known.addresses, of.addresses))
  );
}

/** No network card in common, though both have some: another machine, or another card. */
export function isStranger(facts: string, of: Traits): boolean {
  const { macs } = traitsOf({ host: JSON.parse(facts) as HostFacts, flows: [] });
  return macs.size > 0 && of.macs.size > 0 && !shares(macs, of.macs);
}

function shares(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return [...some].some((item) => others.has(item));
}
