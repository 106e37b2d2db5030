/** Weight of the latest look in the average: a minute or two of looks decide. */
const LATEST = 0.2;

/**
 * How far apart looks must be so that the agent stays within its share of a processor.
 *
 * @param share of one core, such as 0.01
 */
export function createCpuBudget(share: number) {
  let average: number | undefined;
  return {
    /** @param cpuMs that the agent used since the look before. Returns milliseconds from one look to the next, at least */
    shortestPause(cpuMs: number): number {
      average = average === undefined ? cpuMs : average + LATEST * (cpuMs - average);
      return average / share;
    },
  };
}
