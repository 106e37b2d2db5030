import type { FirewallDocument } from "../firewall-document.ts";
import { SEEN, syntheticDomainBundle } from "./synthetic-bundle.ts";
import { syntheticDocument, syntheticHost } from "./synthetic-document.ts";

/** SYNTHETIC: one member, one controller, one application that is not joined, one host that never said. */
export function syntheticDomainDocument(text = "m1"): FirewallDocument {
  const plain = syntheticDocument();
  return {
    ...plain,
    ruleSet: { ...plain.ruleSet, bundles: [syntheticDomainBundle()] },
    hosts: [
      syntheticHost("h1", text, "10.1.1.11"),
      syntheticHost("h2", "dc1", "10.1.2.21"),
      syntheticHost("h3", "app1", "10.1.1.12"),
      syntheticHost("h4", "10.1.1.13", "10.1.1.13", "unmanaged"),
    ],
    directory: {
      directory: [
        {
          hostId: "h1",
          ...SEEN,
          record: {
            status: "broken",
            reason: "disabled",
            detail: text,
            method: "sssd",
            role: "member",
            realm: "CORP.EXAMPLE",
            computerAccount: "M1$",
            site: "Hamburg",
            domainControllers: [],
            spns: [],
            serviceAccounts: [{ consumer: text, account: text, kind: "domain" }],
            evidence: [{ source: "/etc/krb5.keytab", value: text, privileged: true, verifiedLive: true }],
            checkedAt: "2026-11-20T00:00:00.000Z",
            probeMs: 12,
          },
        },
      ],
      controllers: [
        {
          id: "h2",
          name: "dc1",
          addresses: ["10.1.2.21"],
          domain: "corp.example",
          confidence: 0.9,
          reasons: [{ by: "members", text: "named as its controller by m1 (kdcinfo)" }],
          namedBy: [{ host: "h1", sources: ["kdcinfo"] }],
        },
      ],
      uses: [
        {
          client: "h1",
          controller: "h2",
          services: [{ protocol: "tcp", port: 88, connections: 7, lowerBound: true, processes: [], ...SEEN }],
          processes: [],
        },
        {
          client: "h3",
          controller: "h2",
          services: [
            { protocol: "tcp", port: 53, connections: 99, lowerBound: false, processes: ["resolver"], ...SEEN },
            { protocol: "tcp", port: 636, connections: 4, lowerBound: true, processes: [text], ...SEEN },
          ],
          processes: ["resolver", text],
        },
      ],
      outsiders: [
        { client: "h3", membership: "not-joined", controllers: ["h2"], services: ["tcp/636"], processes: [text] },
        {
          client: "u:s:10.9.9.9",
          membership: "not-reported",
          controllers: ["h2"],
          services: ["tcp/389"],
          processes: [],
        },
      ],
      segments: [
        { cidr: "10.1.1.0/24", site: "seoul", sites: [{ name: "Hamburg", hosts: 1 }], silent: 0 },
        { cidr: "10.1.2.0/24", site: "seoul", sites: [], silent: 1 },
      ],
      retired: new Set(),
      addressDependencies: [
        {
          hostId: "h1",
          kind: "dns-server",
          holder: "eth0",
          target: text,
          source: "/etc/resolv.conf",
          current: true,
          suspected: false,
          ...SEEN,
        },
        {
          hostId: "h3",
          kind: "certificate",
          holder: "store",
          target: "CN=app1",
          validUntil: "2027-01-01T00:00:00Z",
          source: "LocalMachine",
          current: false,
          suspected: false,
          ...SEEN,
        },
      ],
    },
  };
}
