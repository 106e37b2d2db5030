import type { Directory } from "@portolan/protocol";
import { expect } from "vitest";
import { chartDirectory } from "../directory/chart.ts";
import type { DirectoryChart, DirectoryInput, ToldDirectory } from "../directory/types.ts";
import { segmentsOf } from "../segments.ts";
import type { Dependency, Host, ListenerEvidence } from "../types.ts";
import { syntheticDependency } from "./synthetic-dependency.ts";

/** SYNTHETIC: an estate that nobody has. */
export function host(name: string, address: string, site = "s"): Host {
  const addresses = [
    { address, prefix: 24, hostLocal: false },
    { address: "fe80::1", prefix: 64, hostLocal: false },
  ];
  return { id: name, name, site, kind: "managed", addresses };
}

export function told(hostId: string, more: Partial<Directory> = {}): ToldDirectory {
  const record: Directory = {
    status: "joined",
    realm: "CORP.EXAMPLE",
    domainControllers: [],
    spns: [],
    serviceAccounts: [],
    evidence: [],
    checkedAt: "2026-11-20T12:00:00.000Z",
    ...more,
  };
  return { hostId, record };
}

function end(name: string, which: "client" | "server"): Partial<Dependency> {
  if (name.includes(".")) return { [`${which}Address`]: name };
  return { [`${which}Host`]: name, [`${which}Address`]: `of ${name}` };
}

/** A dependency of two hosts by name, or of addresses that nobody has. */
export function uses(client: string, server: string, serverPort: number, more: Partial<Dependency> = {}): Dependency {
  return syntheticDependency(serverPort, { ...end(client, "client"), ...end(server, "server"), ...more });
}

export const listens = (hostId: string, port: number, address = "0.0.0.0"): ListenerEvidence => ({
  hostId,
  protocol: "tcp",
  address,
  port,
  process: "lsass.exe",
});

/** Whatever the order of what is known. */
export function chart(input: Partial<DirectoryInput>): DirectoryChart {
  const hosts = input.hosts ?? [];
  const whole = {
    hosts,
    namesOf: () => [],
    directory: [],
    listeners: [],
    dependencies: [],
    segments: segmentsOf(hosts),
    ...input,
  };
  const drawn = chartDirectory(whole);
  const { dependencies, directory, listeners } = whole;
  const reversed = {
    ...whole,
    dependencies: dependencies.toReversed(),
    directory: directory.toReversed(),
    listeners: listeners.toReversed(),
  };
  expect(chartDirectory(reversed)).toEqual(drawn);
  return drawn;
}
