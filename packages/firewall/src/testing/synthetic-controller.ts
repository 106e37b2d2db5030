import type { Controller } from "@portolan/graph";

/** SYNTHETIC domain controller that is sure to be one; more fields as given. */
export function syntheticController(id: string, more: Partial<Controller> = {}): Controller {
  return {
    id,
    name: id,
    addresses: [],
    domain: "corp.example",
    confidence: 1,
    reasons: [],
    namedBy: [],
    ...more,
  };
}
