import { isIP } from "node:net";
import type { Directory } from "@portolan/protocol";
import type { ProbeResult } from "../directory-reader.ts";
import { eachOnce } from "../each-once.ts";
import type { LinuxEvidence } from "./evidence.ts";

const MOST = 256;

/** The controllers that the host uses or is told to use, each with what says so; sorted. DNS is not asked. */
export function controllersOf(
  { controllerSockets, kdcInfo, sssd, samba, kerberos }: LinuxEvidence,
  realm: string | undefined,
  probe: ProbeResult | undefined,
): Directory["domainControllers"] {
  const written = [
    ...sssd.domains.flatMap(({ servers }) => servers.map((server) => ({ server, source: sssd.path }))),
    ...(samba.settings?.isMember === true ? samba.settings.servers : []).map((server) => ({
      server,
      source: samba.path,
    })),
    ...kerberos.servers
      .filter((item) => item.realm.toUpperCase() === realm)
      .map(({ server }) => ({ server, source: kerberos.path })),
  ];
  const all: Directory["domainControllers"] = [
    ...(probe?.controller === undefined ? [] : [{ name: probe.controller, source: probe.tool }]),
    ...controllerSockets.map(({ process, address }) => ({ address, source: `sockets of ${process}` })),
    ...kdcInfo.flatMap(({ path, addresses }) => addresses.map((address) => ({ address, source: path.slice(0, 255) }))),
    ...written.flatMap(({ server, source }): Directory["domainControllers"] => {
      if (isIP(server) !== 0) return [{ address: server, source }];
      return /^[\w.-]{1,255}$/.test(server) ? [{ name: server.toLowerCase(), source }] : [];
    }),
  ];
  return eachOnce(all).slice(0, MOST);
}
