import { reportHost } from "./report-host.ts";
import { sampleDirectory, sampleFlow } from "./sample-report.ts";
import type { TestCollector } from "./test-collector.ts";

/** SYNTHETIC: a controller, a member that uses it, an application that is not joined, and a host that never says. */
export async function reportDomain(collector: TestCollector): Promise<void> {
  const DC = "10.1.0.1";
  await reportHost(collector, "dc1", DC, {
    directory: sampleDirectory("DC1$", { role: "dc", site: "Hamburg" }),
    listeners: [{ protocol: "tcp", address: "0.0.0.0", port: 88 }],
    flows: [sampleFlow("inbound", DC, "10.1.0.4", 88)],
  });
  await reportHost(collector, "m1", "10.1.0.2", {
    host: {
      dependenciesOnAddress: [
        { kind: "dns-server", holder: "eth0", target: DC, source: "/etc/resolv.conf" },
        { kind: "hosts-file", holder: "/etc/hosts:3", target: "10.9.9.9 old", source: "/etc/hosts" },
      ],
    },
    directory: sampleDirectory("M1$", {
      site: "Hamburg",
      domainControllers: [{ name: "dc1.corp.example", source: "kdcinfo" }],
      serviceAccounts: [{ consumer: "nightly.service", account: "CORP\\svc-night", kind: "domain" }],
    }),
    flows: [88, 389, 8080].map((port) => sampleFlow("outbound", "10.1.0.2", DC, port)),
  });
  await reportHost(collector, "app1", "10.1.0.3", {
    directory: sampleDirectory("APP1$", { status: "not-joined", role: "standalone" }),
    flows: [sampleFlow("outbound", "10.1.0.3", DC, 636)],
  });
  await reportHost(collector, "web1", "10.1.1.4", {});
}
