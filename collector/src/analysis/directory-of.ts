import { chartDirectory, type DirectoryChart } from "@portolan/graph";
import type { Dependency, Segment } from "@portolan/graph";
import type { HostDirectory } from "../storage/directory.ts";
import type { StoredHost, StoredListener } from "../storage/evidence.ts";
import { tellNames } from "./names-of-hosts.ts";

/** The part of an analysis that is about Active Directory, as lists: each goes from thread to thread in slices. */
export interface DirectoryData {
  directory: HostDirectory[];
  controllers: DirectoryChart["controllers"];
  controllerUses: DirectoryChart["uses"];
  directoryOutsiders: DirectoryChart["outsiders"];
  directorySites: DirectoryChart["sites"];
  segmentSites: DirectoryChart["segments"];
}

/** What hosts tell of their domains, beside what their flows show. */
export function directoryData(given: {
  hosts: StoredHost[];
  directory: HostDirectory[];
  listeners: StoredListener[];
  dependencies: Dependency[];
  segments: Segment[];
}): DirectoryData {
  const { hosts, directory, listeners } = given;
  const chart = chartDirectory({
    ...given,
    listeners: listeners.filter(({ open }) => open),
    namesOf: tellNames(hosts),
  });
  return {
    directory,
    controllers: chart.controllers,
    controllerUses: chart.uses,
    directoryOutsiders: chart.outsiders,
    directorySites: chart.sites,
    segmentSites: chart.segments,
  };
}
