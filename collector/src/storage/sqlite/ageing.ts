import type { clientFolding } from "./fold-clients.ts";
import type { forgetOld } from "./forget-old.ts";
import type { LoadTables } from "./load.ts";
import type { rollUp } from "./roll-up.ts";

interface Passes {
  rollUp: ReturnType<typeof rollUp>;
  fold: ReturnType<typeof clientFolding>;
  forget: ReturnType<typeof forgetOld>;
  load: LoadTables;
}

interface Step {
  /** False once there is nothing left to do now. */
  more: boolean;
  changed: boolean;
}

/** What time does to the evidence, one small step a call, so that reports get in between. */
export function ageing({ rollUp: roll, fold, forget, load }: Passes) {
  let pass: Generator<boolean, void> | undefined;

  function* newPass(at: number): Generator<boolean, void> {
    yield* roll(at);
    yield* fold();
    yield* forget(at);
    yield* load.age(at);
  }
  return {
    /** Inside the caller's transaction. */
    step(at: number): Step {
      pass ??= newPass(at);
      const { done, value } = pass.next();
      if (done) pass = undefined;
      return { more: !done, changed: value === true };
    },
    /** After a rollback: the next step begins a new pass. */
    forget(): void {
      pass = undefined;
    },
  };
}
