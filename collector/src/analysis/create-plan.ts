import { randomUUID } from "node:crypto";
import type { PlanRequest } from "@portolan/api";
import { planJson } from "@portolan/export";
import {
  CalendarError,
  groupEdges,
  PlanConfigError,
  planWaves,
  type PlanConfig,
  type PlannedGroup,
} from "@portolan/waves";
import { ApiError } from "../errors.ts";
import type { StoredAddressDependency } from "../storage/directory.ts";
import type { StoredPlan } from "../storage/knowledge.ts";
import { type GivenAddresses, readAddresses } from "./address-changes.ts";
import type { Analysis } from "./analysis.ts";
import { isOwnTraffic } from "./own-traffic.ts";
import { planAddresses } from "./plan-addresses.ts";
import { planDirectory } from "./plan-directory.ts";
import { retiredHosts } from "./retired-hosts.ts";

/** Keys of plan.yaml that this version reads and does not honour yet. */
const LATER = ["link", "people", "firewallLeadDays", "before", "pin"] as const;

function wasGiven(value: unknown): boolean {
  if (value === undefined) return false;
  return typeof value !== "object" || value === null || Object.keys(value).length > 0;
}

function configOf(request: PlanRequest): PlanConfig {
  const { earliest, maxDataGBPerWave } = request;
  return {
    timezone: request.timezone,
    windows: request.windows,
    blackouts: request.blackouts.map((blackout) =>
      "from" in blackout
        ? blackout
        : {
            ...(blackout.monthEnd !== undefined && { monthEnd: blackout.monthEnd }),
            ...(blackout.monthStart !== undefined && { monthStart: blackout.monthStart }),
          },
    ),
    ...(earliest !== undefined && { earliest }),
    maxServersPerWave: request.maxServersPerWave,
    ...(maxDataGBPerWave !== undefined && { maxDataGBPerWave }),
    together: request.together,
    apart: request.apart,
    stay: request.stay,
    retire: request.retire,
    provideFirst: request.provideFirst,
    seed: request.seed,
  };
}

/** Move groups with the data that each host would have to copy, the used bytes of its disks, and what changes meanwhile. */
function plannedGroups(analysis: Analysis, changedGBPerDay: ReadonlyMap<string, number>): PlannedGroup[] {
  const { names } = analysis;
  const dataGB = new Map(
    analysis.hosts.flatMap((host) => {
      const disks = host.facts?.disks;
      return disks ? [[host.id, disks.reduce((sum, disk) => sum + disk.usedBytes, 0) / 1e9] as const] : [];
    }),
  );
  return analysis.groups.map((group) => ({
    id: group.id,
    name: group.name,
    hosts: group.hosts.map((id) => {
      const size = dataGB.get(id);
      const changed = changedGBPerDay.get(id);
      return {
        id,
        name: names.get(id) ?? id,
        ...(size !== undefined && { dataGB: size }),
        ...(changed !== undefined && { changedGBPerDay: changed }),
      };
    }),
  }));
}

/** Hosts that a person said are gone are in no wave, as those of `retire`; unless the plan says something of them itself. */
function withRetired(config: PlanConfig, analysis: Analysis): PlanConfig {
  const retired = retiredHosts(analysis);
  const said = new Set([...config.stay, ...config.retire, ...config.provideFirst]);
  const gone = analysis.groups
    .flatMap(({ hosts }) => hosts.filter((id) => retired.has(id)))
    .map((id) => analysis.names.get(id) ?? id)
    .filter((name) => !said.has(name));
  return { ...config, retire: [...config.retire, ...gone.sort()] };
}

/** The file that `addresses` names; none that nothing names may come along. */
function givenAddresses(analysis: Analysis, { addresses, files }: PlanRequest): GivenAddresses | undefined {
  const unnamed = Object.keys(files).filter((name) => name !== addresses);
  const issues = [
    ...unnamed.map((name) => ({ path: `files.${name}`, value: name, reason: "expected a file that the plan names" })),
    ...(addresses !== undefined && !Object.hasOwn(files, addresses)
      ? [{ path: "addresses", value: addresses, reason: "expected the name of a file in `files`" }]
      : []),
  ];
  if (issues.length > 0) throw new ApiError("invalid_plan", undefined, issues);
  return addresses === undefined
    ? undefined
    : readAddresses(analysis, addresses, Buffer.from(files[addresses] ?? "", "base64"));
}

/** What a plan takes from the store besides the analysis. */
export interface PlanFacts {
  /** Of changeRates. */
  changedGBPerDay: ReadonlyMap<string, number>;
  addressDependencies: readonly StoredAddressDependency[];
}

/**
 * A plan from the groups as they stand.
 * @throws ApiError invalid_plan naming the key, its value and what was expected; invalid_file the same of a line
 */
export function createPlan(
  analysis: Analysis,
  request: PlanRequest,
  { changedGBPerDay, addressDependencies }: PlanFacts,
  now: number,
): StoredPlan {
  const id = `plan-${randomUUID().slice(0, 8)}`;
  const dependencies = analysis.dependencies.all();
  const given = givenAddresses(analysis, request);
  try {
    const plan = planWaves({
      groups: plannedGroups(analysis, changedGBPerDay),
      edges: groupEdges(
        analysis.groups,
        dependencies.filter((dependency) => !isOwnTraffic(dependency)),
      ),
      directory: planDirectory(analysis, dependencies, addressDependencies),
      addresses: planAddresses(analysis, addressDependencies, given?.changes),
      config: withRetired(configOf(request), analysis),
      firstPossible: now,
      ignoredKeys: LATER.filter((key) => wasGiven(request[key])),
    });
    const warned = { ...plan, warnings: [...(given?.warnings ?? []), ...plan.warnings] };
    const document = { createdAt: new Date(now).toISOString(), ...planJson(id, warned, analysis.coverage) };
    return { id, createdAt: now, document };
  } catch (error) {
    if (error instanceof PlanConfigError)
      throw new ApiError("invalid_plan", undefined, [
        { path: error.key, value: String(error.value), reason: `expected ${error.expected}` },
      ]);
    if (error instanceof CalendarError) throw new ApiError("invalid_plan", error.message);
    throw error;
  }
}
