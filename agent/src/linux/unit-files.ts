import { basename } from "node:path";
import { compareText } from "../flows/identity.ts";
import { namesIn } from "../names-in.ts";

/** Where systemd's units of a host lie. */
export interface UnitRoots {
  etcRoot: string;
  usrRoot: string;
  runRoot: string;
}

const MOST_UNITS = 4096;

/**
 * The files of the system's units of one type, by the unit's name: the unit itself, of which the first folder that has
 * one decides, and its drop-ins in the order in which they count (systemd.unit(5)).
 *
 * @param type `service`, `mount`
 */
export function unitFiles({ etcRoot, usrRoot, runRoot }: UnitRoots, type: string): Map<string, string[]> {
  const folders = [
    `${etcRoot}/systemd/system`,
    `${runRoot}/systemd/system`,
    `${usrRoot}/local/lib/systemd/system`,
    `${usrRoot}/lib/systemd/system`,
  ];
  const units = new Map<string, string>();
  const dropIns = new Map<string, string[]>();
  for (const folder of folders) {
    for (const name of namesIn(folder)) {
      if (name.endsWith(`.${type}`) && units.size < MOST_UNITS && !units.get(name)) {
        units.set(name, `${folder}/${name}`);
      }
      if (!name.endsWith(`.${type}.d`)) continue;
      const unit = name.slice(0, -2);
      const files = namesIn(`${folder}/${name}`).filter((file) => file.endsWith(".conf"));
      dropIns.set(unit, [...(dropIns.get(unit) ?? []), ...files.map((file) => `${folder}/${name}/${file}`)]);
      if (!units.has(unit)) units.set(unit, "");
    }
  }
  return new Map(
    [...units].map(([name, path]) => {
      const byName = (dropIns.get(name) ?? []).toSorted((a, b) => compareText(basename(a), basename(b)));
      return [name, [...(path === "" ? [] : [path]), ...byName]];
    }),
  );
}
