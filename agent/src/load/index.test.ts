import { expect, test } from "vitest";
import { watchLoad } from "./index.ts";
import type { LoadReading } from "./load-reader.ts";

const nothing: LoadReading = { interfaces: new Map(), volumes: [], problems: [], lost: 0 };

test("looks once at a time: one that hangs is not asked again meanwhile", async () => {
  let asked = 0;
  const answer = Promise.withResolvers<LoadReading>();
  const readerDouble = {
    read: () => {
      asked += 1;
      return answer.promise;
    },
  };
  const watch = watchLoad(readerDouble);
  const first = watch.look();
  await watch.look();
  expect(asked).toBe(1);
  answer.resolve(nothing);
  await first;
  await watch.look();
  expect(asked).toBe(2);
});

test("a problem is told once a report, however many looks met it, and lines that made no sense are counted", async () => {
  const reading = { ...nothing, problems: ["synthetic: EIO"], lost: 2 };
  const watch = watchLoad({ read: async () => reading });
  await watch.look();
  await watch.look();
  expect(watch.take().trouble).toMatchObject({ ok: false, reason: "synthetic: EIO; 4 lines made no sense", lost: 4 });
  expect(watch.take()).not.toHaveProperty("trouble");
});
