/** What was done, to be taken back in reverse when a later step fails. */
export interface Undo {
  /** Does a step and remembers how to take it back. */
  step<T>(act: () => T | Promise<T>, takeBack: (made: T) => unknown): Promise<T>;
  /** Takes all back; what can't be is told, and does not keep the rest. */
  all(failed: (error: unknown) => void): Promise<void>;
}

export function createUndo(): Undo {
  const steps: (() => unknown)[] = [];
  return {
    async step(act, takeBack) {
      const made = await act();
      steps.push(() => takeBack(made));
      return made;
    },
    async all(failed) {
      for (const step of steps.splice(0).reverse()) {
        try {
          await step();
        } catch (error) {
          failed(error);
        }
      }
    },
  };
}
