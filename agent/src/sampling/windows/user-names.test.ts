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

test("a look-up that failed is made again, ever more rarely and once a day at the least, until there is a name", async () => {
  let asked = 0;
  let isReachable = false;
  const accountName = async (): Promise<string | undefined> => {
    asked += 1;
    return isReachable ? "CORP\\sql" : undefined;
  };
  const names = createUserNames({ ...createWin32Double().win32, accountName });
  const minute = async (minutes: number) => {
    for (let at = 0; at < minutes; at++) {
      await vi.advanceTimersByTimeAsync(60_000);
      names.name(sid(1));
      await names.learn();
    }
    return asked;
  };
  expect([names.name(sid(1)), await minute(1)]).toEqual(["S-1-5-21-1", 1]);
  expect([await minute(4), await minute(1), await minute(9), await minute(1)]).toEqual([1, 2, 2, 3]);
  const [day, nextDay] = [await minute(1440), await minute(1440)];
  expect(day).toBeLessThan(12);
  expect(nextDay).toBe(day + 1);
  isReachable = true;
  expect(await minute(1440)).toBe(nextDay + 1);
  expect(names.name(sid(1))).toBe("CORP\\sql");
  expect(await minute(1440)).toBe(nextDay + 1);
});

test("a sample does not wait for a look-up that is made again", async () => {
  const answers: ((name: string | undefined) => void)[] = [];
  const accountName = (): Promise<string | undefined> => new Promise((resolve) => answers.push(resolve));
  const names = createUserNames({ ...createWin32Double().win32, accountName });
  names.name(sid(1));
  const first = names.learn();
  answers.shift()?.(undefined);
  await first;
  await vi.advanceTimersByTimeAsync(300_000);
  expect(names.name(sid(1))).toBe("S-1-5-21-1");
  // Timers stand still: it would never resolve.
  await names.learn();
  answers.shift()?.("CORP\\sql");
  await vi.advanceTimersByTimeAsync(0);
  expect(names.name(sid(1))).toBe("CORP\\sql");
});
