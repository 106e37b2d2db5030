import { expect, test } from "vitest";
import { ApiError } from "../errors.ts";
import { admission } from "./admission.ts";

const sized = (bytes: number) => ({ body: Buffer.alloc(bytes) });

/** A handler whose calls last until `finish`. */
function slowHandler() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { handle: () => promise, finish: resolve };
}

async function expectRefused(answer: Promise<unknown>): Promise<void> {
  const error: unknown = await answer.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ code: "overloaded", status: 503 });
}

test("what is over the count is refused, until one is done", async () => {
  const { handle, finish } = slowHandler();
  const call = admission({ reports: 2, bytes: 1000 })(handle);
  const running = [call(sized(1)), call(sized(1))];
  await expectRefused(call(sized(1)));
  finish();
  await Promise.all(running);
  await call(sized(1));
});

test("what is over the bytes is refused, but a lone one never", async () => {
  const { handle, finish } = slowHandler();
  const call = admission({ reports: 10, bytes: 100 })(handle);
  const running = call(sized(5000));
  await expectRefused(call(sized(1)));
  finish();
  await running;
  await call(sized(100));
});

test("a handler that fails gives its room back", async () => {
  const call = admission({ reports: 1, bytes: 100 })(async () => {
    throw new TypeError("synthetic");
  });
  await expect(call(sized(1))).rejects.toBeInstanceOf(TypeError);
  await expect(call(sized(1))).rejects.toBeInstanceOf(TypeError);
});
