type Done<Result> = (error: Error | null, result: Result) => void;

/** A function of a library, as koffi gives it. */
export interface AsyncFunction<Result = number> {
  async(...args: [...unknown[], Done<Result>]): void;
}

/**
 * Calls in a thread of its own, so that looks at the sockets go on meanwhile. koffi keeps none of the arguments, and a
 * buffer that nothing else holds is taken away while the function still reads it or writes to it: here the scope of the
 * callback holds them until the end.
 */
export function callAsync<Result>(call: AsyncFunction<Result>, args: readonly unknown[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    call.async(...args, (error, result) => (error === null ? resolve(result) : reject(error)));
  });
}
