import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { type AsyncFunction, callAsync } from "./call-async.ts";
import { openLibrary } from "./koffi.ts";

// Of Linux' own library, as no library of Windows is here; what koffi does with arguments is the same.
test.skipIf(process.platform !== "linux")(
  "a buffer stays while the function that was given it is at work",
  async () => {
    setFlagsFromString("--expose-gc");
    const collect: () => void = runInNewContext("gc");
    const poll: AsyncFunction = openLibrary("libc.so.6").func("int poll(void *, unsigned long, int)");
    const gone: string[] = [];
    const registry = new FinalizationRegistry<string>((what) => gone.push(what));
    const start = (): Promise<number> => {
      const buffer = Buffer.alloc(8);
      registry.register(buffer.buffer, "buffer");
      return callAsync(poll, [buffer, 0, 400]);
    };
    const call = start();
    for (let look = 0; look < 5; look++) {
      await pause(20);
      collect();
    }
    expect(gone).toEqual([]);
    expect(await call).toBe(0);
    await expect
      .poll(() => {
        collect();
        return gone;
      })
      .toEqual(["buffer"]);
  },
);
