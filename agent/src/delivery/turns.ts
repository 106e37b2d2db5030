/** Carries calls out one after the other: what is merged is not numbered at the same time. */
export function createTurns() {
  let last: Promise<unknown> = Promise.resolve();
  return <Result>(call: () => Promise<Result>): Promise<Result> => {
    const result = last.then(call);
    last = result.catch(() => {});
    return result;
  };
}
