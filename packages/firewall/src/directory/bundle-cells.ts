import { adPortOf, byText, type Controller, type Dependency, DYNAMIC_RPC } from "@portolan/graph";
import type { SeenCell, ZonePair } from "../cells.ts";
import type { ActiveDirectoryInput } from "../types.ts";
import { type MemberTraffic, memberTraffic } from "./members.ts";
import { type RpcTraffic, rpcTraffic } from "./rpc.ts";

/** What members need of the controllers of one domain, from one zone to another. */
export interface BundlePart {
  /** Absent where nobody said. */
  domain?: string;
  pair: ZonePair;
  /** All that was seen between the two zones, of this part or not. */
  within: ZonePair;
}

export interface BundleSplit {
  ordinary: ZonePair;
  parts: BundlePart[];
}

export interface DirectoryTraffic
  extends MemberTraffic, RpcTraffic, Pick<ActiveDirectoryInput, "blindTo" | "retired"> {}

/** Prepared once for all pairs of zones. O(dependencies + listeners + uses). */
export function directoryTraffic(input: ActiveDirectoryInput, dependencies: readonly Dependency[]): DirectoryTraffic {
  const { blindTo, retired } = input;
  return { ...memberTraffic(input), ...rpcTraffic(input, dependencies), blindTo, retired };
}

/** The controller that all of a cell's dependencies go to as members' traffic on a port of the list. */
function controllerOfCell(cell: SeenCell, traffic: DirectoryTraffic): Controller | undefined {
  const port = adPortOf(cell.protocol, cell.port);
  if (!port) return undefined;
  const [first, ...others] = cell.dependencies.map((dependency) =>
    port === DYNAMIC_RPC && !traffic.isRpc(dependency) ? undefined : traffic.controllerOf(dependency),
  );
  return others.every((other) => other?.domain === first?.domain && other !== undefined) ? first : undefined;
}

/**
 * Takes members' traffic to their controllers out of a pair of zones, a part a domain; each cell lands in exactly one of the
 * parts or stays ordinary, with all of its dependencies. What is outside Microsoft's list stays ordinary. O(cells).
 */
export function splitBundles(pair: ZonePair, traffic: DirectoryTraffic | undefined): BundleSplit {
  if (!traffic) return { ordinary: pair, parts: [] };
  const ordinary = new Map<string, SeenCell>();
  const parts = new Map<string, Map<string, SeenCell>>();
  for (const [text, cell] of pair.cells) {
    const controller = controllerOfCell(cell, traffic);
    if (!controller) ordinary.set(text, cell);
    else {
      const domain = controller.domain ?? "";
      parts.set(domain, (parts.get(domain) ?? new Map<string, SeenCell>()).set(text, cell));
    }
  }
  if (parts.size === 0) return { ordinary: pair, parts: [] };
  return {
    ordinary: { ...pair, cells: ordinary },
    parts: [...parts]
      .sort(([a], [b]) => byText(a, b))
      .map(([domain, cells]) => ({ ...(domain !== "" && { domain }), pair: { ...pair, cells }, within: pair })),
  };
}
