import { type HostRoots, inRoots } from "../../linux/in-roots.ts";
import { unitFiles } from "../../linux/unit-files.ts";
import { readFileWithin } from "../../read-file-within.ts";
import { type Findings, pathsIn } from "../addresses/findings.ts";
import { findLicenceFiles, LICENCE_FOLDERS } from "../addresses/licence-files.ts";
import type { OwnIdentity } from "../addresses/own-identity.ts";
import { parseLicenceVariables } from "../addresses/parse-licence-servers.ts";
import { parseHasp } from "./parse-hasp.ts";
import { parseUnitEnvironment } from "./parse-unit-environment.ts";

const MOST_UNIT_BYTES = 64 * 1024;
const MOST_ENVIRONMENT_FILES = 1000;

/**
 * Licence servers that this host's programs are told of, and licences that are bound to this host. From files alone: no
 * process is asked for its environment, and of a file of variables only licence variables' servers are taken.
 */
export function findLicenceServices(roots: HostRoots, own: OwnIdentity, to: Findings): void {
  const { etcRoot } = roots;
  for (const source of [`${etcRoot}/environment`, `${etcRoot}/profile`, ...pathsIn(`${etcRoot}/profile.d`, ".sh")]) {
    tell(to.textOf(source), source, "", to);
  }
  findInUnits(roots, to);
  for (const source of pathsIn(`${etcRoot}/hasplm`, ".ini")) {
    const { servers, broadcasts } = parseHasp(to.textOf(source));
    const found = { kind: "licence-service", holder: "Sentinel (HASP)", source } as const;
    for (const target of servers) to.add({ ...found, target });
    if (broadcasts) to.add({ ...found, target: "whoever answers a broadcast in this host's subnet" });
  }
  findLicenceFiles(licenceFolders(roots), own, to);
}

/** Where FLEXlm, RLM and their installers put licences. */
function licenceFolders({ etcRoot, optRoot, usrRoot, varRoot }: HostRoots): string[] {
  return [
    ...LICENCE_FOLDERS.flatMap((name) => [optRoot, etcRoot, `${varRoot}/lib`].map((root) => `${root}/${name}`)),
    ...["flexlm", "rlm", "share/flexlm"].map((name) => `${usrRoot}/local/${name}`),
  ];
}

function tell(text: string, source: string, of: string, to: Findings): void {
  for (const { variable, server: target } of parseLicenceVariables(text)) {
    to.add({ kind: "licence-service", holder: `${variable}${of}`, target, source });
  }
}

function findInUnits(roots: HostRoots, to: Findings): void {
  const read = new Set<string>();
  for (const [unit, files] of unitFiles(roots, "service")) {
    for (const path of files) {
      const unitFile = readFileWithin(path, MOST_UNIT_BYTES);
      if (unitFile.state === "denied") to.miss(unitFile.reason);
      // Most units set no variable: found without taking them apart. A masked one is no file.
      if (unitFile.state !== "read" || !unitFile.bytes.includes("Environment")) continue;
      const { assignments, files: named } = parseUnitEnvironment(unitFile.bytes.toString("utf8"));
      for (const assignment of assignments) tell(assignment, path, `, of ${unit}`, to);
      for (const file of named) {
        const source = inRoots(roots, file);
        if (source === undefined || read.has(`${unit} ${source}`)) continue;
        if (read.size === MOST_ENVIRONMENT_FILES) {
          to.miss(`units name more than ${MOST_ENVIRONMENT_FILES} files of variables`);
          return;
        }
        read.add(`${unit} ${source}`);
        tell(to.textOf(source), source, `, of ${unit}`, to);
      }
    }
  }
}
