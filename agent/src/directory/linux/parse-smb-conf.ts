import { parseIniLines } from "../../parse-ini.ts";

/** What smb.conf says about membership; nothing of it proves one. */
export interface SambaSettings {
  /** `security = ads` or `domain`. */
  isMember: boolean;
  isController: boolean;
  realm?: string;
  workgroup?: string;
  /** `password server`, apart from the `*` that means any. */
  servers: string[];
  /** More settings stand elsewhere, which are not read: an included file, or the registry. */
  isPartial: boolean;
}

/** What stands before the first heading is global too (Samba's lib/param/loadparm.c). */
const GLOBAL = new Set(["", "global", "globals"]);

/** Samba's own readings of smb.conf (smb.conf(5)); testparm is not needed. */
export function parseSmbConf(text: string): SambaSettings {
  const all = new Map(
    parseIniLines(text)
      .filter(({ section }) => GLOBAL.has(section))
      .map(({ key, value: word }) => [key, word]),
  );
  const value = (key: string): string | undefined => all.get(key) || undefined;
  const security = value("security")?.toLowerCase();
  const role = value("serverrole")?.toLowerCase().replace(/\s+/g, " ");
  const realm = value("realm");
  const workgroup = value("workgroup");
  return {
    isMember: security === "ads" || security === "domain" || role === "member server" || role === "member",
    isController: role === "active directory domain controller" || role === "domain controller" || role === "dc",
    ...(realm !== undefined && { realm: realm.toUpperCase() }),
    ...(workgroup !== undefined && { workgroup }),
    servers: (value("passwordserver") ?? "").split(/[\s,]+/).filter((server) => server !== "" && server !== "*"),
    isPartial: value("include") !== undefined || value("configbackend")?.toLowerCase() === "registry",
  };
}
