/** As many lines as there were refusals would let anybody fill the disk. */
const INTERVAL_MS = 60_000;

/** Calls `tell` for the first of a kind of event, and then at most once a minute with how many there were since. */
export function seldom(now: () => number = () => performance.now()) {
  let toldAt = -Infinity;
  let untold = 0;
  return function happened(tell: (times: number) => void): void {
    untold += 1;
    if (now() - toldAt < INTERVAL_MS) return;
    toldAt = now();
    tell(untold);
    untold = 0;
  };
}
