import { describeInLab } from "../requirements.ts";
import { windowsRoot, WindowsRootError } from "./cache.ts";

const PROGRAMS = { debootstrap: "debootstrap", npm: "npm", openssl: "openssl" };

/**
 * `describe` for tests that build a lab with Windows hosts in it. Where the machine lacks something, or Wine can't be
 * fetched, they fail under CI and are skipped outside it, as those of describeInLab.
 *
 * @param more programs that these tests need besides, and the packages that have them
 */
export function describeWithWindows(name: string, body: () => void, more: Record<string, string> = {}): void {
  describeInLab(name, body, { ...PROGRAMS, ...more }, () => {
    try {
      windowsRoot();
      return undefined;
    } catch (error) {
      if (error instanceof WindowsRootError) return error.message;
      throw error;
    }
  });
}
