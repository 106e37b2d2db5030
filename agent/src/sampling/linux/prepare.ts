import type { SamplerOptions } from "../sampler.ts";
import { messageOf } from "../../errors.ts";
import { prepareTracing, removeTracing, tracePlaces } from "./trace-instance.ts";

/**
 * Makes the tracing instance that an agent without root then only reads, or takes it away. Returns why there is none,
 * where there is none.
 */
export function prepareSources(options: SamplerOptions, remove: boolean): string | undefined {
  const reasons: string[] = [];
  for (const place of tracePlaces(options)) {
    try {
      if (remove) {
        if (!removeTracing(place))
          reasons.push(`${place.instance} of ${place.root} is being read: end its agent first`);
      } else {
        prepareTracing(place);
        return undefined;
      }
    } catch (error) {
      reasons.push(messageOf(error));
    }
  }
  return reasons[0];
}
