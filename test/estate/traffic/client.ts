// The caller of the lab; a real program, run inside a host. Makes its planned calls and ends with code 1 if one failed.
import { setTimeout as sleep } from "node:timers/promises";
import { makeCall, tryInVain } from "./call.ts";
import { makeUdpCall } from "./udp-call.ts";
import { readPlan } from "./read-plan.ts";
import type { PlannedCall } from "./script.ts";

/** How the client is told what to do: a JSON file whose path is its first argument. */
export interface ClientPlan {
  /** Milliseconds since 1970 UTC; the same for all clients. */
  startAt: number;
  log: string;
  calls: readonly PlannedCall[];
}

const plan = readPlan<ClientPlan>();
const results = await Promise.all(
  plan.calls.map(async (call) => {
    await sleep(Math.max(0, plan.startAt + call.atMs - Date.now()));
    if (call.fails !== undefined) return tryInVain(call, call.fails, plan.log);
    return call.protocol === "udp" ? makeUdpCall(call, plan.log) : makeCall(call, plan.log);
  }),
);
process.exitCode = results.every(Boolean) ? 0 : 1;
