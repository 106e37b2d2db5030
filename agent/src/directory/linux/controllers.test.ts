import { expect, test } from "vitest";
import { controllersOf } from "./controllers.ts";
import { MEMBER_SETTINGS, syntheticEvidence } from "./synthetic-evidence.ts";

const samba = { path: "/etc/samba/smb.conf", state: "read" as const, settings: MEMBER_SETTINGS };

test("controllers that files name: Samba's of a member, krb5.conf's of the host's own realm, and no text that is no name", () => {
  const servers = [
    { realm: "corp.example", server: "dc4.corp.example" },
    { realm: "OTHER.EXAMPLE", server: "dc9.other.example" },
  ];
  const evidence = syntheticEvidence({ samba, kerberos: { path: "/etc/krb5.conf", servers } });
  expect(controllersOf(evidence, "CORP.EXAMPLE", undefined)).toEqual([
    { address: "10.66.0.13", source: "/etc/samba/smb.conf" },
    { name: "dc3", source: "/etc/samba/smb.conf" },
    { name: "dc4.corp.example", source: "/etc/krb5.conf" },
  ]);
  const settings = { ...MEMBER_SETTINGS, isMember: false };
  expect(controllersOf({ ...evidence, samba: { ...samba, settings } }, undefined, undefined)).toEqual([]);
});

test("one that several sockets lead to stands once, and no more than the protocol takes", () => {
  const twice = [389, 88].map((port) => ({ process: "sssd_be", address: "10.66.1.1", port }));
  expect(controllersOf(syntheticEvidence({ controllerSockets: twice }), undefined, undefined)).toEqual([
    { address: "10.66.1.1", source: "sockets of sssd_be" },
  ]);
  const kdcInfo = ["10.66.1", "10.66.2"].map((start) => ({
    path: "/var/lib/sss/pubconf/kdcinfo.CORP.EXAMPLE",
    realm: "CORP.EXAMPLE",
    addresses: Array.from({ length: 200 }, (_, index) => `${start}.${index}`),
  }));
  expect(controllersOf(syntheticEvidence({ kdcInfo }), undefined, undefined)).toHaveLength(256);
});
