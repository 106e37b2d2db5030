const DRIVES = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (letter) => `${letter}:`);

/**
 * A path as the kernel writes it ("\Device\HarddiskVolume3\Windows\…"), with the drive's letter, as everybody else
 * writes it; unchanged where no drive has the device.
 *
 * @param deviceOf the kernel's name of a drive such as "C:"
 */
export function withDriveLetter(path: string, deviceOf: (drive: string) => string | undefined): string {
  // Wine's kernel writes it so.
  if (path.startsWith("\\??\\")) return path.slice(4);
  for (const drive of DRIVES) {
    const device = deviceOf(drive);
    // Logs write all of it in lower case.
    const isOnDevice = device !== undefined && path.toLowerCase().startsWith(`${device.toLowerCase()}\\`);
    if (isOnDevice) return drive + path.slice(device.length);
  }
  return path;
}
