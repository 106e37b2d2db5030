import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createUserNames } from "./user-names.ts";
import { createWin32Double } from "./win32-double.ts";

/** Synthetic: S-1-5-21-NUMBER. */
const sid = (number: number): Buffer => Buffer.from([1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, number, 0, 0, 0]);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A double of a domain controller that answers when it is told to. */
function slowController() {
  const waiting: (() => void)[] = [];
  const accountName = (asked: Buffer): Promise<string> =>
    new Promise((resolve) => waiting.push(() => resolve(`CORP\\user${asked.readUInt32LE(12)}`)));
  return { waiting, names: createUserNames({ ...createWin32Double().win32, accountName }) };
}

test("one account is looked up at a time: each look-up holds one of the few threads that files need, too", async () => {
  const { waiting, names } = slowController();
  for (const number of [1, 2, 3]) names.name(sid(number));
  const learnt = names.learn();
  expect(waiting).toHaveLength(1);
  waiting.shift()?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(waiting).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(5000);
  await learnt;
  expect([1, 2, 3].map((number) => names.name(sid(number)))).toEqual(["CORP\\user1", "S-1-5-21-2", "S-1-5-21-3"]);
  const again = names.learn();
  await vi.advanceTimersByTimeAsync(5000);
  await again;
  expect(waiting).toHaveLength(1);
  waiting.shift()?.();
  await vi.advanceTimersByTimeAsync(0);
  waiting.shift()?.();
  await vi.advanceTimersByTimeAsync(0);
  expect([1, 2, 3].map((number) => names.name(sid(number)))).toEqual(["CORP\\user1", "CORP\\user2", "CORP\\user3"]);
  expect(waiting).toEqual([]);
});
