/** Memory for bodies that are on their way in; who gets none waits, in order, and is not read meanwhile. */
export interface BodyRoom {
  /** @returns what gives the bytes back, once. @throws the signal's reason while it waits */
  take(bytes: number, signal: AbortSignal): Promise<() => void>;
}

interface Waiting {
  bytes: number;
  start(): void;
}

/** @param most in bytes; no single body may be larger */
export function bodyRoom(most: number): BodyRoom {
  let taken = 0;
  const waiting: Waiting[] = [];

  function startNext(): void {
    for (let next = waiting[0]; next && taken + next.bytes <= most; next = waiting[0]) {
      waiting.shift();
      taken += next.bytes;
      next.start();
    }
  }
  function giver(bytes: number): () => void {
    let given = false;
    return () => {
      if (given) return;
      given = true;
      taken -= bytes;
      startNext();
    };
  }
  return {
    take(bytes, signal) {
      return new Promise((resolve, reject) => {
        const entry: Waiting = {
          bytes,
          start() {
            signal.removeEventListener("abort", leave);
            resolve(giver(bytes));
          },
        };
        function leave(): void {
          waiting.splice(waiting.indexOf(entry), 1);
          reject(signal.reason as Error);
          startNext();
        }
        signal.addEventListener("abort", leave, { once: true });
        waiting.push(entry);
        startNext();
      });
    },
  };
}
