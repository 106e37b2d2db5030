import { byText, type HostId } from "@portolan/graph";
import { counted, named, shortened } from "./sentences.ts";
import type { AddressChange, HeldAddress, MovingHost, PlanAddresses } from "./types.ts";

/** Of one wave. */
const MOST_ADDRESSES = 50;
/** Of one address. */
const MOST_PLACES = 10;
const MOST_ROUTES = 10;

/** Who holds it, of which kind, and where it was read. */
function placeText({ kind, place, source }: HeldAddress, holder: string): string {
  return `${holder} (${kind} ${place}${place.startsWith(source) ? "" : `, ${source}`})`;
}

const sortedUnique = (texts: readonly string[]) => [...new Set(texts)].sort(byText);

/** The address on the other side, with its zone; null where nobody gave it, undefined where it stays what it is. */
function newAddressOf(address: string, own: readonly AddressChange[]): string | null | undefined {
  const change = own.find(({ oldAddress }) => oldAddress === address);
  if (!change) return null;
  if (change.newAddress === address) return undefined;
  return `${change.newAddress}${change.newZone === undefined ? "" : ` (${change.newZone})`}`;
}

type TellFate = (newAddress: string | null, isGiven: boolean) => string;

const ofMoving: TellFate = (newAddress, isGiven) =>
  newAddress === null
    ? `may change, and ${isGiven ? "addresses has no new one for it" : "nobody gave its new one"}`
    : `becomes ${newAddress}`;

const ofProvided: TellFate = (newAddress) =>
  newAddress === null
    ? "has a counterpart on the other side, whose address nobody gave"
    : `has its counterpart at ${newAddress}`;

/** A sentence an address of one host that something names. */
function namedAddresses(
  { id, name }: MovingHost,
  held: readonly HeldAddress[],
  { changes, names }: PlanAddresses,
  own: readonly AddressChange[],
  tellFate: TellFate,
): string[] {
  return [...Map.groupBy(held, ({ address }) => address)]
    .sort(([a], [b]) => byText(a, b))
    .flatMap(([address, rows]) => {
      const newAddress = newAddressOf(address, own);
      if (newAddress === undefined) return [];
      const fate = tellFate(newAddress, changes !== undefined);
      const nameOf = (holder: HostId) => (holder === id ? `${name} itself` : (names.get(holder) ?? holder));
      const places = sortedUnique(rows.map((row) => placeText(row, nameOf(row.holder))));
      const holders = new Set(rows.map(({ holder }) => holder)).size;
      return [
        `${address} of ${name} ${fate}: ${counted(places.length, "setting")} of ${counted(holders, "host")} to change, ${shortened(places, MOST_PLACES)}`,
      ];
    });
}

const routeKey = (holder: HostId, adapter: string, gateway: string) => JSON.stringify([holder, adapter, gateway]);

/** Tells of a wave's hosts the routes whose gateways they leave; one over a host that moves, or did, is told with its address. */
function createRouteTeller({ held, routes }: PlanAddresses): (moving: readonly MovingHost[]) => string[] {
  const moved = new Set<HostId>();
  const routesOf = Map.groupBy(routes, ({ holder }) => holder);
  const ownerOf = new Map(
    held.flatMap(({ holder, kind, place, address, owner }) =>
      kind === "static-route" ? [[routeKey(holder, place, address), owner] as const] : [],
    ),
  );
  return (moving) => {
    for (const { id } of moving) moved.add(id);
    const left = moving.flatMap(({ id, name }) =>
      (routesOf.get(id) ?? [])
        .filter(({ adapter, gateway }) => !moved.has(ownerOf.get(routeKey(id, adapter, gateway)) ?? ""))
        .map((route) => ({ ...route, name })),
    );
    if (left.length === 0) return [];
    const texts = sortedUnique(
      left.map(({ name, adapter, range, gateway }) => `${name} (${adapter}: ${range} via ${gateway})`),
    );
    const holders = new Set(left.map(({ holder }) => holder)).size;
    return [
      `${counted(texts.length, "static route")} of ${counted(holders, "host")} over gateways that stay behind, ${shortened(texts, MOST_ROUTES)}: see that the other side's network leads there`,
    ];
  };
}

const byName = (a: MovingHost, b: MovingHost) => byText(a.name, b.name);

/** Hosts whose counterparts stand on the other side. */
function providedHosts({ names }: PlanAddresses, providedFirst: readonly string[]): MovingHost[] {
  return [...names].flatMap(([id, name]) => (providedFirst.includes(name) ? [{ id, name }] : []));
}

/**
 * Which settings name an address that changes with a wave: one list of sentences a wave, in the order of the waves. What
 * moved before, or stays, keeps its address and is not told, unless a counterpart is provided for it: whoever moves takes
 * the old address along. O(held + routes + hosts), and sorting.
 */
export function addressWarnings(
  waves: readonly (readonly MovingHost[])[],
  addresses: PlanAddresses,
  providedFirst: readonly string[],
): string[][] {
  const provided = providedHosts(addresses, providedFirst).sort(byName);
  const heldOf = Map.groupBy(addresses.held, ({ owner }) => owner);
  const changesOf = Map.groupBy(addresses.changes ?? [], ({ host }) => host);
  const routesLeft = createRouteTeller(addresses);
  const tell = (host: MovingHost, held: readonly HeldAddress[], tellFate: TellFate) =>
    namedAddresses(host, held, addresses, changesOf.get(host.id) ?? [], tellFate);
  return waves.map((moving) => {
    const inWave = new Set(moving.map(({ id }) => id));
    const heldInWave = ({ id }: MovingHost) => (heldOf.get(id) ?? []).filter(({ holder }) => inWave.has(holder));
    const sentences = [
      ...moving.toSorted(byName).flatMap((host) => tell(host, heldOf.get(host.id) ?? [], ofMoving)),
      ...provided.flatMap((host) => tell(host, heldInWave(host), ofProvided)),
    ];
    const more = sentences.length - MOST_ADDRESSES;
    return [
      ...sentences.slice(0, MOST_ADDRESSES),
      ...(more > 0
        ? [
            `${counted(more, "more address", "more addresses")} of this wave named by settings: the address dependencies list them`,
          ]
        : []),
      ...routesLeft(moving),
    ];
  });
}

/** What is odd about the addresses that were given: hosts of waves without any, and lines that no wave needs. */
export function addressNotes(
  waves: readonly (readonly MovingHost[])[],
  addresses: PlanAddresses,
  providedFirst: readonly string[],
): string[] {
  const { changes, names } = addresses;
  if (changes === undefined) return [];
  const moving = waves.flat();
  const given = new Set(changes.map(({ host }) => host));
  const without = moving.filter(({ id }) => !given.has(id)).map(({ name }) => name);
  const needed = new Set([...moving, ...providedHosts(addresses, providedFirst)].map(({ id }) => id));
  const idle = [...given].filter((id) => !needed.has(id)).map((id) => names.get(id) ?? id);
  return [
    ...(without.length > 0
      ? [
          `addresses: no new address is given for ${without.length} of ${counted(moving.length, "host")} in waves (${named(without)})`,
        ]
      : []),
    ...(idle.length > 0
      ? [
          `addresses: ${counted(idle.length, "host")} in no wave (${named(idle)}): new addresses of these count for nothing`,
        ]
      : []),
  ];
}
