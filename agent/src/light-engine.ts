/**
 * Options of Node that keep V8's optimising compilers out of a long-lived agent, its heap small and its helpers few.
 *
 * The agent works for some ten milliseconds each fifteen seconds: what those compilers would save there does not pay
 * for the 12 MB that their code and their output add to a guest's memory (measured at 500 sockets: 70.5 to 58.4 MB
 * RSS, 16 to 17 ms a sample; at 10,000 sockets 117 to 100 MB, 52 to 67 ms). The baseline compiler stays. The last
 * three are for a heap of a few megabytes: one thread sweeps it without waking others, and it grows in small steps.
 */
export const LIGHT_ENGINE_FLAGS = [
  "--no-opt",
  "--no-maglev",
  "--max-semi-space-size=1",
  "--single-threaded-gc",
  "--optimize-for-size",
  "--v8-pool-size=1",
];

/** Node's own, which it reads when it starts. */
const ONLY_AT_START = "--v8-pool-size=1";

/**
 * Sets the flags where whoever started this process did not. Late and through a module of its own this saves only two
 * thirds of it, so launchers and packages should give them to Node.
 */
export function lightenEngine(): void {
  if (LIGHT_ENGINE_FLAGS.every((flag) => process.execArgv.includes(flag))) return;
  const { setFlagsFromString } = process.getBuiltinModule("node:v8");
  for (const flag of LIGHT_ENGINE_FLAGS) if (flag !== ONLY_AT_START) setFlagsFromString(flag);
}
