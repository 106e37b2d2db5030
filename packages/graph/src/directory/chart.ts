import { byText } from "../order.ts";
import { findControllers, TRUSTED_CONTROLLER } from "./controllers.ts";
import { directorySites, segmentSites } from "./sites.ts";
import type { DirectoryChart, DirectoryInput } from "./types.ts";
import { controllerUses, directoryOutsiders } from "./uses.ts";

/** What hosts tell of their domains and what their flows show, put together. O(dependencies + listeners + words of members). */
export function chartDirectory(given: DirectoryInput): DirectoryChart {
  // Of two members that say different things about one controller the first by id is believed, in whatever order they come.
  const input = { ...given, directory: given.directory.toSorted((a, b) => byText(a.hostId, b.hostId)) };
  const controllers = findControllers(input);
  const trusted = controllers.filter(({ confidence }) => confidence >= TRUSTED_CONTROLLER);
  const uses = controllerUses(input, trusted);
  return {
    controllers,
    uses,
    outsiders: directoryOutsiders(input, trusted, uses),
    sites: directorySites(input, trusted),
    segments: segmentSites(input),
  };
}
