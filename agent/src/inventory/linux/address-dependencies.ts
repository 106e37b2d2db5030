import { basename } from "node:path";
import { createProcFileReader, unlessUnreadable } from "../../sampling/linux/read-proc-file.ts";
import { findCertificates } from "./certificates.ts";
import { searchConfiguration } from "../addresses/configuration-folders.ts";
import { type AddressFindings, type Findings, createFindings, pathsIn } from "../addresses/findings.ts";
import type { OwnIdentity } from "../addresses/own-identity.ts";
import { parseHosts } from "../addresses/parse-hosts.ts";
import { findDataSources } from "./data-sources.ts";
import { findFileShares } from "./file-shares.ts";
import { findLicenceServices } from "./licence-services.ts";
import { parseMailRelays } from "./parse-mail-relay.ts";
import { parseLeaseRouters, parseRoutes, parseRoutes6 } from "./parse-routes.ts";
import { parseTimeServers, parseTimesyncd } from "./parse-time-sources.ts";
import { findResolverSettings } from "./resolver-settings.ts";

interface AddressRoots {
  procRoot: string;
  etcRoot: string;
  varRoot: string;
  runRoot: string;
  usrRoot: string;
  optRoot: string;
  /** Folders of configuration files that somebody opted in; no others are searched. */
  configurationFolders: readonly string[];
}

/**
 * What on this host names an address and may break when it or its peer moves: resolver, hosts file, routes, data
 * sources, time, shares, licences, certificates, mail relays, and files in folders that were opted in. No line, option, user or
 * password is taken over. The same host gives the same list.
 */
export function readAddressDependencies(roots: AddressRoots, own: OwnIdentity): AddressFindings {
  const { etcRoot, runRoot } = roots;
  const findings = createFindings();
  const files = createProcFileReader();
  const kernelText = (path: string): string => {
    const text = unlessUnreadable(() => files.read(path).toString("utf8"));
    if (text === undefined) findings.miss(`${path}: not readable`);
    return text ?? "";
  };

  findResolverSettings(etcRoot, runRoot, findings);
  const hosts = `${etcRoot}/hosts`;
  for (const { line, address, names } of parseHosts(findings.textOf(hosts))) {
    findings.add({
      kind: "hosts-file",
      holder: `${hosts}:${line}`,
      target: [address, ...names].join(" "),
      source: hosts,
    });
  }
  findRoutes(roots, kernelText, findings);
  findDataSources(roots, findings);
  findTimeSources(etcRoot, findings);
  findFileShares(roots, kernelText, findings);
  for (const [program, name] of [
    ["postfix", "postfix/main.cf"],
    ["ssmtp", "ssmtp/ssmtp.conf"],
    ["msmtp", "msmtprc"],
    ["sendmail", "mail/sendmail.cf"],
    ["nullmailer", "nullmailer/remotes"],
    ["dma", "dma/dma.conf"],
    ["exim", "exim4/update-exim4.conf.conf"],
  ] as const) {
    const source = `${etcRoot}/${name}`;
    for (const target of parseMailRelays(program, findings.textOf(source))) {
      findings.add({ kind: "mail-relay", holder: program, target, source });
    }
  }
  findLicenceServices(roots, own, findings);
  findCertificates(etcRoot, findings);
  searchConfiguration(roots.configurationFolders, findings);
  return findings.take();
}

/** Of routes over gateways, those that no DHCP client's lease explains. */
function findRoutes(
  { procRoot, varRoot, runRoot }: AddressRoots,
  textOf: (path: string) => string,
  to: Findings,
): void {
  const leases = [
    ...pathsIn(`${varRoot}/lib/dhcp`, ".leases"),
    ...pathsIn(`${varRoot}/lib/dhclient`, ".leases"),
    ...pathsIn(`${varRoot}/lib/NetworkManager`, ".lease"),
    ...pathsIn(`${runRoot}/systemd/netif/leases`),
  ];
  const leased = new Set(leases.flatMap((path) => parseLeaseRouters(to.textOf(path))));
  for (const [name, parse] of [
    ["route", parseRoutes],
    ["ipv6_route", parseRoutes6],
  ] as const) {
    const source = `${procRoot}/net/${name}`;
    for (const { adapter, range, gateway } of parse(textOf(source))) {
      if (leased.has(gateway)) continue;
      to.add({ kind: "static-route", holder: adapter, target: `${range} via ${gateway}`, source });
    }
  }
}

function findTimeSources(etcRoot: string, to: Findings): void {
  const servers = [
    `${etcRoot}/chrony.conf`,
    `${etcRoot}/chrony/chrony.conf`,
    ...pathsIn(`${etcRoot}/chrony/conf.d`, ".conf"),
    ...pathsIn(`${etcRoot}/chrony/sources.d`, ".sources"),
    ...pathsIn(`${etcRoot}/chrony.d`, ".conf"),
    `${etcRoot}/ntp.conf`,
    `${etcRoot}/ntpsec/ntp.conf`,
  ];
  for (const source of servers) {
    const holder = basename(source) === "ntp.conf" ? "ntp" : "chrony";
    for (const target of parseTimeServers(to.textOf(source))) to.add({ kind: "time-source", holder, target, source });
  }
  const timesyncd = `${etcRoot}/systemd/timesyncd.conf`;
  for (const source of [timesyncd, ...pathsIn(`${timesyncd}.d`, ".conf")]) {
    for (const target of parseTimesyncd(to.textOf(source))) {
      to.add({ kind: "time-source", holder: "systemd-timesyncd", target, source });
    }
  }
}
