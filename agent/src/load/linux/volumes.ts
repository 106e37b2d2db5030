import { statSync } from "node:fs";
import type { Mount } from "./parse-load.ts";

/** File systems of a device that nobody writes to. */
const READ_ONLY = new Set(["squashfs", "iso9660", "udf", "erofs", "cramfs"]);
/** Those of several devices: their own number is in no table of devices. */
const OF_SEVERAL = new Set(["btrfs", "zfs"]);
/** The protocol's limit (load.ts of packages/protocol). */
const LONGEST_MOUNT = 1024;

interface Volume {
  mount: string;
  device: string;
}

/**
 * The file systems with a device of their own, each once: of one that is mounted at several places the shortest path. A
 * part of a file system that is mounted elsewhere (a container's /etc/hosts) is no volume.
 */
export function volumesOf(mounts: readonly Mount[]): Volume[] {
  const byDevice = new Map<string, Volume>();
  for (const { device, root, mount, type, source } of mounts) {
    const ofSeveral = OF_SEVERAL.has(type);
    if (!(source.startsWith("/dev/") || ofSeveral) || READ_ONLY.has(type)) continue;
    if ((root !== "/" && !ofSeveral) || mount.length > LONGEST_MOUNT) continue;
    const known = byDevice.get(device);
    if (known !== undefined && known.mount.length <= mount.length) continue;
    byDevice.set(device, { mount, device: type === "btrfs" ? (deviceOf(source) ?? device) : device });
  }
  const mountsOnce = new Map([...byDevice.values()].map((volume) => [volume.mount, volume]));
  return [...mountsOnce.values()].sort((a, b) => (a.mount < b.mount ? -1 : 1));
}

/** Number of a device by its file (makedev(3)). */
function deviceOf(path: string): string | undefined {
  const number = statSync(path, { throwIfNoEntry: false })?.rdev;
  if (number === undefined) return undefined;
  return `${(number >>> 8) & 0xfff}:${(number & 0xff) | ((number >>> 12) & 0xfff00)}`;
}
