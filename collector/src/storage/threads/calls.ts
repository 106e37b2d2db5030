import type { MessagePort, Worker } from "node:worker_threads";
import { fromErrorMessage, toErrorMessage } from "./error-message.ts";
import type { ErrorMessage } from "./error-message.ts";

/** A call over a port, and its answer. Arguments and results are plain data. */
export interface Call {
  id: number;
  method: string;
  args: unknown[];
  /** When it was made, by the caller's clock; milliseconds since 1970 UTC. */
  at: number;
}

export type Answer = { id: number; ok: true; value: unknown } | { id: number; ok: false; error: ErrorMessage };

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** The calling end of a port: matches answers to calls. */
export function callsOver(port: MessagePort | Worker, now: () => number) {
  const pending = new Map<number, Pending>();
  let nextId = 0;
  let failure: (() => Error) | undefined;

  port.on("message", (answer: Answer) => {
    const call = pending.get(answer.id);
    pending.delete(answer.id);
    if (answer.ok) call?.resolve(answer.value);
    else call?.reject(fromErrorMessage(answer.error));
  });

  return {
    call(method: string, args: unknown[]): Promise<unknown> {
      if (failure) return Promise.reject(failure());
      return new Promise((resolve, reject) => {
        const id = nextId++;
        const message: Call = { id, method, args, at: now() };
        port.postMessage(message);
        pending.set(id, { resolve, reject });
      });
    },
    /** Nobody answers any more: rejects what waits and whatever comes later. */
    fail(why: () => Error): void {
      failure ??= why;
      for (const { reject } of pending.values()) reject(why());
      pending.clear();
    },
  };
}

export type Calls = ReturnType<typeof callsOver>;

/** Answers one call; results of its own errors keep their class. */
export async function answerTo({ id }: Call, work: () => Promise<unknown>): Promise<Answer> {
  try {
    return { id, ok: true, value: await work() };
  } catch (error) {
    return { id, ok: false, error: toErrorMessage(error) };
  }
}
