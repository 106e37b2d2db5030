import { expect, test } from "vitest";
import type { ProbeResult } from "../directory-reader.ts";
import { evidenceRows } from "./evidence-rows.ts";
import { denied, heldKeytab, syntheticEvidence } from "./synthetic-evidence.ts";

test("what is there and was not read is said with its reason; what is missing is not", () => {
  expect(evidenceRows(syntheticEvidence(), undefined, undefined)).toEqual([]);
  const evidence = syntheticEvidence({
    keytabs: [{ ...denied("/etc/krb5.keytab"), entries: [] }],
    secrets: { ...denied("/secrets.tdb"), domains: [], hasDomainDatabase: false },
    samba: denied("/smb.conf"),
    sssd: { path: "/sssd.conf", state: "read", reason: "/sssd.conf: longer than 9 bytes", domains: [], others: [] },
  });
  expect(evidenceRows(evidence, undefined, undefined).map(({ source, value }) => [source, value])).toEqual([
    ["/etc/krb5.keytab", "not read: /etc/krb5.keytab: EACCES"],
    ["/secrets.tdb", "not read: /secrets.tdb: EACCES"],
    ["/smb.conf", "not read: /smb.conf: EACCES"],
    ["/sssd.conf", "/sssd.conf: longer than 9 bytes"],
  ]);
});

test("an account stands once, with its newest key; services' principals are no accounts", () => {
  const keytabs = heldKeytab(
    { name: "M1$", keyVersion: 3 },
    { name: "M1$", keyVersion: 2 },
    { name: "host/m1.corp.example" },
  );
  const rows = evidenceRows(syntheticEvidence({ keytabs }), undefined, undefined);
  expect(rows.map(({ value }) => value)).toEqual(["M1$@CORP.EXAMPLE, key version 3"]);
});

test.each([
  ["healthy", true],
  ["stale-secret", true],
  ["unclear", false],
  ["dc-unreachable", false],
] as const)("a probe's %s is a controller's word: %s", (outcome, verifiedLive) => {
  const probe: ProbeResult = { tool: "adcli testjoin", outcome, membership: "synthetic", at: 0, ms: 1 };
  expect(evidenceRows(syntheticEvidence(), undefined, probe)).toEqual([
    { source: "adcli testjoin", value: outcome, privileged: true, verifiedLive },
  ]);
});

test("a tool that is missing said nothing", () => {
  const probe: ProbeResult = { tool: "adcli testjoin", outcome: "tool-missing", membership: "synthetic", at: 0, ms: 1 };
  expect(evidenceRows(syntheticEvidence(), undefined, probe)).toEqual([]);
});
