import { unescapeOctal } from "../../parse-octal.ts";

const SHARES = new Set(["cifs", "smb3", "smbfs", "nfs", "nfs4"]);

/** Network shares of /proc/mounts or fstab(5), which have one form. Options, which may hold users and passwords, are passed over. */
export function parseShares(text: string): { share: string; mount: string }[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [device = "", mount = "", type = ""] = line.trim().split(/\s+/);
    if (device.startsWith("#") || !SHARES.has(type)) return [];
    // Somebody's name, and worse, may stand before the server's.
    const share = unescapeOctal(device).replace(/^((?:\/\/|\\\\)?)[^/\\:]*(?::[^/\\@]*)?@/, "$1");
    return [{ share, mount: unescapeOctal(mount) }];
  });
}
