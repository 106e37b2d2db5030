import { byText } from "@portolan/graph";
import { addressNotes, addressWarnings } from "./address-warnings.ts";
import { cutoverWindows } from "./calendar.ts";
import { costOf, type PlanCost } from "./cost.ts";
import { directoryWarnings, providedControllers, withoutRetired } from "./directory-warnings.ts";
import { PlanConfigError } from "./errors.ts";
import { placeUnits } from "./place.ts";
import type {
  CutoverWindow,
  GroupEdge,
  Plan,
  PlanAddresses,
  PlanConfig,
  PlanDirectory,
  PlannedGroup,
  Wave,
} from "./types.ts";
import { withoutControllersData } from "./promoted-anew.ts";
import { makeUnits, roundGB, sumGB, totalGB, type Unit } from "./units.ts";

export interface PlanInput {
  groups: readonly PlannedGroup[];
  edges: readonly GroupEdge[];
  config: PlanConfig;
  /** Milliseconds since 1970 UTC before which no wave can start. Without it and without `earliest` waves have no dates. */
  firstPossible?: number;
  /** Keys of plan.yaml that were given and that this version does not honour: each becomes a warning. */
  ignoredKeys?: readonly string[];
  /** Without it nothing is said of Active Directory. */
  directory?: PlanDirectory;
  /** Without it nothing is said of settings that name addresses. */
  addresses?: PlanAddresses;
}

/**
 * Puts move groups into waves under the maximum sizes, each group into exactly one, and dates the waves by the calendar in
 * the order of their numbers. Placed by size alone for now, so `bound` is null and the seed changes nothing.
 *
 * @throws PlanConfigError for a key that cannot be meant, such as an unknown host; CalendarError when no window is left.
 */
export function planWaves(input: PlanInput): Plan {
  const { groups, edges, config, firstPossible, ignoredKeys = [], addresses } = input;
  checkLimits(config);
  const directory = input.directory && withoutRetired(input.directory, config.retire);
  const toCopy = directory ? withoutControllersData(groups, directory) : groups;
  const { units, apart, warnings } = makeUnits(toCopy, config);
  const placed = placeUnits(units, apart, edges, config);
  const calendar = readCalendar(config, firstPossible, placed.waves.length);
  const unitsOf = placed.waves.map((positions) => units.filter((_, position) => positions.includes(position)));
  const moving = unitsOf.map((members) => members.flatMap((unit) => unit.hosts));
  const ofDirectory = directory ? directoryWarnings(moving, directory, config.provideFirst, addresses?.changes) : [];
  const ofAddresses = addresses ? addressWarnings(moving, addresses, config.provideFirst) : [];
  const waves = unitsOf.map((members, index) => {
    const own = [...(ofDirectory[index] ?? []), ...(ofAddresses[index] ?? [])];
    return { ...newWave(index + 1, members, calendar.windows[index]), ...(own.length > 0 && { warnings: own }) };
  });
  const cost = costOf(waves, edges);
  return {
    seed: config.seed,
    waves,
    cost: cost.cost,
    bound: null,
    recommendation: recommend(waves, cost, groups, config),
    warnings: [
      ...ignoredKeys.map((key) => `${key}: not honoured yet`),
      ...warnings,
      ...(directory ? providedControllers(directory, config.provideFirst) : []),
      ...(addresses ? addressNotes(moving, addresses, config.provideFirst) : []),
      ...placed.warnings,
      ...calendar.warnings,
      ...unknownSizes(units, config),
      ...unknownChanges(units),
    ],
  };
}

function checkLimits({ maxServersPerWave, maxDataGBPerWave }: PlanConfig): void {
  if (!Number.isInteger(maxServersPerWave) || maxServersPerWave < 1) {
    throw new PlanConfigError("maxServersPerWave", String(maxServersPerWave), "a whole number from 1");
  }
  if (maxDataGBPerWave !== undefined && !(maxDataGBPerWave > 0)) {
    throw new PlanConfigError("maxDataGBPerWave", String(maxDataGBPerWave), "a number above 0");
  }
}

function readCalendar(
  config: PlanConfig,
  firstPossible: number | undefined,
  count: number,
): { windows: CutoverWindow[]; warnings: string[] } {
  if (config.windows.length === 0) return { windows: [], warnings: [] };
  if (firstPossible === undefined && config.earliest === undefined) {
    return { windows: [], warnings: ["waves have no dates: neither earliest nor a first possible day is given"] };
  }
  return { windows: cutoverWindows(config, firstPossible ?? 0, count), warnings: [] };
}

function newWave(number: number, units: readonly Unit[], window: CutoverWindow | undefined): Wave {
  const hosts = units.flatMap((unit) => unit.hosts).sort((a, b) => byText(a.name, b.name));
  const changed = hosts.flatMap((host) => host.changedGBPerDay ?? []);
  return {
    number,
    ...(window && { start: window.start, end: window.end }),
    groups: units.flatMap((unit) => unit.groups).sort(byText),
    hosts: hosts.map((host) => host.name),
    servers: units.reduce((sum, unit) => sum + unit.servers, 0),
    dataGB: totalGB(units),
    ...(changed.length > 0 && { changedGBPerDay: sumGB(changed) }),
    data: hosts.map(({ name, dataGB, changedGBPerDay, reason }) => ({
      host: name,
      ...(dataGB !== undefined && { dataGB: roundGB(dataGB) }),
      ...(changedGBPerDay !== undefined && { changedGBPerDay: roundGB(changedGBPerDay) }),
      ...(reason !== undefined && { reason }),
    })),
  };
}

function unknownSizes(units: readonly Unit[], { maxDataGBPerWave }: PlanConfig): string[] {
  const unknown = units.flatMap((unit) => unit.hosts).filter((host) => host.dataGB === undefined).length;
  if (maxDataGBPerWave === undefined || unknown === 0) return [];
  return [`maxDataGBPerWave: the data of ${unknown} servers is not known and counts as 0 GB`];
}

/** Where it is known of some: the wave's sum is too small by the others. */
function unknownChanges(units: readonly Unit[]): string[] {
  const hosts = units.flatMap((unit) => unit.hosts).filter((host) => host.reason === undefined);
  const unknown = hosts.filter((host) => host.changedGBPerDay === undefined).length;
  if (unknown === 0 || unknown === hosts.length) return [];
  return [`what is written per day is not known of ${unknown} servers and counts as 0 GB`];
}

/** One sentence that claims no more than was computed. */
function recommend(
  waves: readonly Wave[],
  { cost, dependencies, cutByGroup }: PlanCost,
  groups: readonly PlannedGroup[],
  { maxServersPerWave }: PlanConfig,
): string {
  const servers = waves.reduce((sum, wave) => sum + wave.servers, 0);
  if (waves.length === 0) return "Nothing is left to move.";
  if (waves.length === 1) return `All ${servers} servers go in one wave, which cuts no dependency.`;
  const size = `${waves.length} waves of at most ${maxServersPerWave} servers`;
  if (cost.cut === 0) return `${size} move ${servers} servers and cut no dependency.`;
  const [worst] = [...cutByGroup].sort(([a, x], [b, y]) => y - x || byText(a, b));
  const name = groups.find((group) => group.id === worst?.[0])?.name ?? worst?.[0];
  return `${size} cut ${cost.cut} of ${dependencies} dependencies between groups; ${name} takes part in ${worst?.[1]} of them, so look first at providing it beforehand or at larger waves (groups were placed by size alone, cheaper orders were not searched for).`;
}
