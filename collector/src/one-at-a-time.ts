/** Runs what it is given one after the other, in order; one that fails does not hold up the next. */
export function oneAtATime() {
  let last: Promise<unknown> = Promise.resolve();
  return function run<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
}
