import { expect, test } from "vitest";
import { serviceSid } from "./service-sid.ts";

test("the identifier of a service is the one that Windows gives it", () => {
  // Windows' own, the same on every machine: the owner of its system files.
  const trustedInstaller = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";
  expect(serviceSid("TrustedInstaller")).toBe(trustedInstaller);
  expect(serviceSid("trustedinstaller")).toBe(trustedInstaller);
});
