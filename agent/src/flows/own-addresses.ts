import { isLoopback } from "../sampling/loopback.ts";
import type { Observation } from "../sampling/sampler.ts";

/** Tells the addresses that this host's sockets are bound to, each within its scope, from those of others. */
export function ownAddressesOf(
  observations: readonly Observation[],
): (address: string, scope: string | undefined) => boolean {
  const own = new Set<string>();
  for (const row of observations) own.add(`${row.localAddress} ${row.scope ?? ""}`);
  return (address, scope) => isLoopback(address) || own.has(`${address} ${scope ?? ""}`);
}
