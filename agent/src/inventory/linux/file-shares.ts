import { basename } from "node:path";
import { type UnitRoots, unitFiles } from "../../linux/unit-files.ts";
import { readFileWithin } from "../../read-file-within.ts";
import { type Findings, pathsIn } from "../addresses/findings.ts";
import { type Share, parseAutofsMap, parseMountUnit, parseShares } from "./parse-shares.ts";

const MOST_UNIT_BYTES = 64 * 1024;
/** What autofs brings with it, or what names maps and no shares. */
const NO_MAPS = new Set(["auto.master", "auto.net", "auto.smb"]);

/**
 * Shares of other hosts that are mounted, or would be at the start or when somebody asks for them: mounts, fstab, units
 * and automounter's maps. Of a path of DFS the server is the domain's own name, or one that serves its namespace.
 */
export function findFileShares(
  roots: UnitRoots & { procRoot: string },
  kernelText: (path: string) => string,
  to: Findings,
): void {
  const { etcRoot, procRoot } = roots;
  const tell = (source: string, shares: readonly Share[]): void => {
    for (const { share, mount } of shares) to.add({ kind: "file-share", holder: mount, target: share, source });
  };
  const mounts = `${procRoot}/self/mounts`;
  tell(mounts, parseShares(kernelText(mounts)));
  tell(`${etcRoot}/fstab`, parseShares(to.textOf(`${etcRoot}/fstab`)));
  for (const path of [...unitFiles(roots, "mount").values()].flat()) {
    const file = readFileWithin(path, MOST_UNIT_BYTES);
    if (file.state === "denied") to.miss(file.reason);
    // A masked one is no file.
    const share = file.state === "read" ? parseMountUnit(file.bytes.toString("utf8")) : undefined;
    if (share !== undefined) tell(path, [share]);
  }
  for (const path of pathsIn(etcRoot)) {
    const name = basename(path);
    if (name.startsWith("auto.") && !name.endsWith(".d") && !NO_MAPS.has(name))
      tell(path, parseAutofsMap(to.textOf(path)));
  }
}
