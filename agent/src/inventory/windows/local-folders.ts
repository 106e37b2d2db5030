import { isAbsolute } from "node:path";
import { systemRoot } from "../../windows/system-root.ts";
import type { Findings } from "../addresses/findings.ts";
import type { Hive } from "./hive.ts";

const CURRENT_VERSION = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion";
const PROFILES = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList";

/** Folders of this host, as the registry names them. */
export interface LocalFolders {
  /** The system's drive, `C:`; ProgramData; Program Files of 64 and of 32 bits. */
  common: string[];
  /** A path of a setting, its variables filled in; nothing, and told, where it may lie on another host. */
  local(path: string): string | undefined;
}

export function localFolders(machine: Hive, to: Findings): LocalFolders {
  const root = systemRoot(machine);
  const drive = /^[a-z]:/i.exec(root)?.[0] ?? root;
  const variables = new Map([
    ["systemroot", root],
    ["windir", root],
    ["systemdrive", drive],
  ]);
  const expand = (path: string): string =>
    path.replace(/%(?<name>[^%]+)%/g, (whole, name: string) => variables.get(name.toLowerCase()) ?? whole);
  const folder = (name: string, key: string, value: string, otherwise: string): void => {
    variables.set(name, expand(machine.text(key, value) ?? `${drive}\\${otherwise}`));
  };
  folder("programdata", PROFILES, "ProgramData", "ProgramData");
  folder("programfiles", CURRENT_VERSION, "ProgramFilesDir", "Program Files");
  folder("programfiles(x86)", CURRENT_VERSION, "ProgramFilesDir (x86)", "Program Files (x86)");
  const common = ["systemdrive", "programdata", "programfiles", "programfiles(x86)"];
  return {
    common: common.flatMap((name) => variables.get(name) ?? []),
    local(path) {
      const expanded = expand(path.trim().replace(/^"(?<bare>.*)"$/, "$<bare>")).replace(/(?<=[^:])[\\/]+$/, "");
      if (expanded === "") return undefined;
      // What lies on a share would be asked of another host, and may keep the reader waiting.
      const why = /^[\\/]{2}/.test(expanded) ? "on a share" : isAbsolute(expanded) ? undefined : "no whole path";
      if (why === undefined) return expanded;
      to.miss(`${path}: ${why}, not read`);
      return undefined;
    },
  };
}
