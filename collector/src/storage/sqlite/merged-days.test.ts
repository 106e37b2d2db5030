import { expect, test } from "vitest";
import { mergeDay, type MemberDay } from "./merged-days.ts";

const day = (hostKey: number, connections: number, from: number, to: number, bytesSent: number | null = null) =>
  ({
    hostKey,
    day: 1,
    connections,
    failed: 0,
    bytesSent,
    bytesReceived: null,
    firstSeen: from,
    lastSeen: to,
    from,
    to,
  }) satisfies MemberDay;

test("who watched at the same time counted the same connections: the larger", () => {
  expect(mergeDay([day(1, 5, 0, 10, 100), day(2, 7, 9, 20)])).toMatchObject({
    connections: 7,
    bytesSent: 100,
    bytesReceived: null,
    firstSeen: 0,
    lastSeen: 20,
  });
});

test("who took over counted what the other no longer saw: the sum, also where one ends as the other begins", () => {
  expect(mergeDay([day(2, 7, 10, 20, 1), day(1, 5, 0, 10, 2)])).toMatchObject({ connections: 12, bytesSent: 3 });
});

test("two that watched together and a third that came after", () => {
  expect(mergeDay([day(1, 5, 0, 10), day(2, 7, 2, 6), day(3, 1, 11, 20)]).connections).toBe(8);
});

test("agent and file of one host add up, as they do without a merge", () => {
  expect(mergeDay([day(1, 5, 0, 10), day(1, 5, 0, 10), day(2, 7, 0, 10)]).connections).toBe(10);
});
