import { expect, test } from "vitest";
import { withDriveLetter } from "./device-paths.ts";

/** A double of two drives, of which one device's name begins as the other's. */
const deviceOf = (drive: string) => ({ "C:": "\\Device\\HarddiskVolume3", "D:": "\\Device\\HarddiskVolume30" })[drive];

test.each([
  ["\\Device\\HarddiskVolume3\\Windows\\a.exe", "C:\\Windows\\a.exe"],
  ["\\device\\harddiskvolume30\\r&d\\a.exe", "D:\\r&d\\a.exe"],
  ["\\Device\\Mup\\nas1\\a.exe", "\\Device\\Mup\\nas1\\a.exe"],
  ["\\??\\C:\\Windows\\a.exe", "C:\\Windows\\a.exe"],
  ["System", "System"],
])("%s is %s", (path, told) => {
  expect(withDriveLetter(path, deviceOf)).toBe(told);
});
