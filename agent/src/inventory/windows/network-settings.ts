import type { Findings } from "../addresses/findings.ts";
import type { Hive } from "./hive.ts";
import { parseNameServers, parseNtpServers, parsePersistentRoute, parseSuffixes } from "./parse-network-settings.ts";

const SERVICES = "SYSTEM\\CurrentControlSet\\Services";
const TCPIP = `${SERVICES}\\Tcpip\\Parameters`;
const TCPIP6 = `${SERVICES}\\Tcpip6\\Parameters`;
const POLICY = "SOFTWARE\\Policies\\Microsoft\\Windows NT\\DNSClient";
/** Where Windows keeps the names of adapters, by the class of network adapters. */
const ADAPTERS = "SYSTEM\\CurrentControlSet\\Control\\Network\\{4D36E972-E325-11CE-BFC1-08002BE10318}";
const TIME = `${SERVICES}\\W32Time\\Parameters`;
const TIME_POLICY = "SOFTWARE\\Policies\\Microsoft\\W32Time\\Parameters";

/**
 * Name servers and suffixes that somebody set, per adapter and for all: what a DHCP server gave stands in values of
 * other names. Also of adapters that are gone, whose settings Windows keeps.
 */
export function findResolverSettings(machine: Hive, to: Findings): void {
  const tell = (key: string, holder: string): void => {
    const source = machine.nameOf(key);
    for (const target of parseNameServers(machine.text(key, "NameServer") ?? "")) {
      to.add({ kind: "dns-server", holder, target, source });
    }
    for (const name of ["SearchList", "Domain"]) {
      for (const target of parseSuffixes(machine.text(key, name) ?? "")) {
        to.add({ kind: "dns-suffix", holder, target, source });
      }
    }
  };
  tell(TCPIP, "all adapters");
  tell(POLICY, "all adapters, by policy");
  for (const root of [TCPIP, TCPIP6]) {
    for (const id of machine.keys(`${root}\\Interfaces`)) tell(`${root}\\Interfaces\\${id}`, adapterName(machine, id));
  }
}

/** Routes that stay over a restart, and gateways of adapters that no DHCP server sets. */
export function findRoutes(machine: Hive, to: Findings): void {
  const persistent = `${TCPIP}\\PersistentRoutes`;
  for (const route of machine.values(persistent).map(parsePersistentRoute)) {
    if (route === undefined) continue;
    const target = `${route.range} via ${route.gateway}`;
    to.add({ kind: "static-route", holder: "persistent route", target, source: machine.nameOf(persistent) });
  }
  for (const id of machine.keys(`${TCPIP}\\Interfaces`)) {
    const key = `${TCPIP}\\Interfaces\\${id}`;
    if (machine.number(key, "EnableDHCP") === 1) continue;
    for (const gateway of (machine.texts(key, "DefaultGateway") ?? []).flatMap(parseNameServers)) {
      const target = `0.0.0.0/0 via ${gateway}`;
      to.add({ kind: "static-route", holder: adapterName(machine, id), target, source: machine.nameOf(key) });
    }
  }
}

/** Whom Windows' time service asks; a policy's values stand before those of the host. */
export function findTimeSources(machine: Hive, to: Findings): void {
  const own = [TIME_POLICY, TIME];
  const source = own.find((key) => machine.text(key, "NtpServer") !== undefined);
  const type = own.map((key) => machine.text(key, "Type")).find((value) => value !== undefined);
  if (source === undefined) return;
  for (const target of parseNtpServers(machine.text(source, "NtpServer") ?? "", type ?? "")) {
    to.add({ kind: "time-source", holder: "W32Time", target, source: machine.nameOf(source) });
  }
}

function adapterName(machine: Hive, id: string): string {
  return machine.text(`${ADAPTERS}\\${id}\\Connection`, "Name") || id;
}
