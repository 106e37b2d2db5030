import { cellText } from "./cells.ts";
import type { Rule } from "./types.ts";

/** Every (source address, destination address, service) that a rule allows. O(their number). */
export function* expandRule({ sources, destinations, services }: Rule): Generator<string> {
  for (const source of sources.flatMap((endpoint) => endpoint.addresses)) {
    for (const destination of destinations.flatMap((endpoint) => endpoint.addresses)) {
      for (const { protocol, fromPort, toPort } of services) {
        for (let port = fromPort; port <= toPort; port++) yield cellText(source, destination, protocol, port);
      }
    }
  }
}
