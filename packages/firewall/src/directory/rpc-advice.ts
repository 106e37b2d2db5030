import { DYNAMIC_RPC, type HostId } from "@portolan/graph";
import type { BundlePort, BundleRpc } from "../types.ts";
import type { DirectoryTraffic } from "./bundle-cells.ts";
import { isSamba } from "./rpc.ts";

/** NTDS and Netlogon, each with a port of its own. */
const PINNED_PORTS = 2;

const WINDOWS =
  'give NTDS ("TCP/IP Port" under NTDS\\Parameters) and Netlogon ("DCTcpipPort" under Netlogon\\Parameters) a fixed port each on every controller, as Microsoft\'s KB 224196 says';
const SAMBA = 'set "rpc server dynamic port range" in smb.conf of every controller to a few ports';

const count = (amount: number) => amount.toLocaleString("en-US");

function adviceOf(how: string, joined: boolean, now: number, pinned: number): string {
  const range = `${DYNAMIC_RPC.fromPort}-${DYNAMIC_RPC.toPort}`;
  const seen = joined
    ? `The endpoint mapper (135) hands out ports of ${range}, and the rule must allow them all.`
    : `Nobody was seen to use RPC in ${range}; members still need it to change passwords and to be managed.`;
  return `${seen} Pin it: ${how}. The rule then needs ${PINNED_PORTS} ports in place of ${count(DYNAMIC_RPC.toPort - DYNAMIC_RPC.fromPort + 1)}, and its over-permission falls from ${count(now)} to at most ${count(pinned)}.`;
}

interface Sizes {
  controllers: readonly HostId[];
  ports: readonly BundlePort[];
  /** Pairs of member and controller address. */
  pairs: number;
  overPermission: number;
  overPermissionOfRange: number;
}

/** Whether the endpoint mapper and the dynamic range are one matter, and what pinning would do. */
export function rpcOf(
  { controllers, ports, pairs, overPermission, overPermissionOfRange }: Sizes,
  traffic: DirectoryTraffic,
): BundleRpc {
  const listeners = controllers.flatMap((id) =>
    traffic.listenersOf(id).map(({ port, process }) => ({
      controller: traffic.controllers.get(id)?.name ?? id,
      port,
      process,
    })),
  );
  const mapper = ports.some(
    ({ protocol, fromPort, mark }) => protocol === "tcp" && fromPort === 135 && mark === "observed",
  );
  const range = ports.some(({ fromPort, mark }) => fromPort === DYNAMIC_RPC.fromPort && mark === "observed");
  const joined = mapper && (listeners.length > 0 || range);
  const pinned = overPermission - overPermissionOfRange + pairs * PINNED_PORTS;
  const onSamba = listeners.length > 0 && listeners.every(({ process }) => isSamba(process));
  return {
    joined,
    listeners,
    advice: adviceOf(onSamba ? SAMBA : WINDOWS, joined, overPermission, pinned),
    ports: { now: DYNAMIC_RPC.toPort - DYNAMIC_RPC.fromPort + 1, pinned: PINNED_PORTS },
    overPermission: { now: overPermission, pinned },
  };
}
