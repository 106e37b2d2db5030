import { basename } from "node:path";
import { type Findings, pathsIn } from "../addresses/findings.ts";
import {
  type ResolverSetting,
  parseIfcfg,
  parseInterfaces,
  parseNetworkManager,
  parseResolvConf,
  parseSystemdResolver,
} from "./parse-resolver.ts";

/** Name servers and suffixes from the resolver's own file and from wherever a distribution lets one write them down, per adapter where they are. */
export function findResolverSettings(etcRoot: string, runRoot: string, to: Findings): void {
  const tell = (settings: readonly ResolverSetting[], source: string, otherwise: string): void => {
    for (const { kind, adapter, target } of settings) to.add({ kind, holder: adapter ?? otherwise, target, source });
  };
  // systemd-resolved's own list stands apart from the stub that programs see.
  for (const path of [`${etcRoot}/resolv.conf`, `${runRoot}/systemd/resolve/resolv.conf`]) {
    const { settings, generatedBy } = parseResolvConf(to.textOf(path));
    tell(settings, path, generatedBy === undefined ? "resolver" : `resolver, written by ${generatedBy}`);
  }
  const systemd = [
    `${etcRoot}/systemd/resolved.conf`,
    ...pathsIn(`${etcRoot}/systemd/resolved.conf.d`, ".conf"),
    ...pathsIn(`${etcRoot}/systemd/network`, ".network"),
    // What netplan makes of its own files, for either of the two that it hands them to.
    ...pathsIn(`${runRoot}/systemd/network`, ".network"),
  ];
  for (const path of systemd) tell(parseSystemdResolver(to.textOf(path)), path, basename(path));
  const connections = "NetworkManager/system-connections";
  for (const path of [etcRoot, runRoot].flatMap((root) => pathsIn(`${root}/${connections}`, ".nmconnection"))) {
    tell(parseNetworkManager(to.textOf(path)), path, basename(path));
  }
  for (const path of pathsIn(`${etcRoot}/sysconfig/network-scripts`)) {
    if (basename(path).startsWith("ifcfg-")) tell(parseIfcfg(to.textOf(path)), path, basename(path));
  }
  for (const path of [`${etcRoot}/network/interfaces`, ...pathsIn(`${etcRoot}/network/interfaces.d`)]) {
    tell(parseInterfaces(to.textOf(path)), path, basename(path));
  }
}
