import { parseIniLines } from "../../parse-ini.ts";

/** What a systemd unit or drop-in says of its service's variables (systemd.exec(5)). */
interface UnitEnvironment {
  /** Values of `Environment=`, as they stand. */
  assignments: string[];
  /** Paths of `EnvironmentFile=`; those with patterns or specifiers are left out. */
  files: string[];
}

export function parseUnitEnvironment(text: string): UnitEnvironment {
  const lines = parseIniLines(text).filter(({ section }) => section === "service");
  return {
    assignments: lines.filter(({ key }) => key === "environment").map(({ value }) => value),
    files: lines
      .filter(({ key }) => key === "environmentfile")
      .map(({ value }) => value.replace(/^-/, ""))
      .filter((path) => /^\/[^*?[%]+$/.test(path)),
  };
}
