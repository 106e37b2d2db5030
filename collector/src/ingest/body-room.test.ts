import { expect, test } from "vitest";
import { bodyRoom } from "./body-room.ts";

const forever = new AbortController().signal;

test("who finds no room waits in order, and who gives up leaves the queue", async () => {
  const room = bodyRoom(10);
  const order: string[] = [];
  const first = await room.take(8, forever);
  const impatient = new AbortController();
  const second = room.take(5, impatient.signal).catch((error: unknown) => order.push(String(error)));
  const third = room.take(2, forever).then((give) => {
    order.push("third");
    return give;
  });
  await Promise.resolve();
  expect(order).toEqual([]);
  impatient.abort("gave up");
  await second;
  const giveThird = await third;
  expect(order).toEqual(["gave up", "third"]);
  first();
  // Given back twice is given back once.
  first();
  giveThird();
  const whole = await room.take(10, forever);
  let another = false;
  void room.take(1, forever).then(() => (another = true));
  await Promise.resolve();
  expect(another).toBe(false);
  whole();
});
