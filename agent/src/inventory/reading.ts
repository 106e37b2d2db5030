import type { HostFacts } from "@portolan/protocol";
import { messageOf } from "../errors.ts";

type Unread = NonNullable<HostFacts["unread"]>[number];

/** The protocol's limits (host-facts.ts of packages/protocol). */
const LONGEST_REASON = 1024;
const MOST_UNREAD = 256;

/** Reads facts one by one: what fails is named with its reason, and the rest goes on. */
export interface FactReading {
  /** What could not be read so far. */
  readonly unread: Unread[];
  /** The fact; undefined where reading it fails, which is noted. */
  attempt<Fact>(fact: string, read: () => Fact): Fact | undefined;
  /** The same of a fact that every host has: an empty answer is a failure too. */
  expect<Fact>(fact: string, read: () => Fact | undefined): Fact | undefined;
  note(fact: string, reason: string): void;
}

export function createFactReading(): FactReading {
  const unread: Unread[] = [];
  let beyond = 0;
  const note = (fact: string, reason: string): void => {
    if (unread.length < MOST_UNREAD - 1) {
      unread.push({ fact, reason: reason.slice(0, LONGEST_REASON).toWellFormed() || "unknown" });
    } else unread[MOST_UNREAD - 1] = { fact: "unread", reason: `${++beyond} further reasons are not told` };
  };
  function attempt<Fact>(fact: string, read: () => Fact): Fact | undefined {
    try {
      return read();
    } catch (error) {
      note(fact, messageOf(error));
      return undefined;
    }
  }
  return {
    unread,
    note,
    attempt,
    expect(fact, read) {
      const found = attempt(fact, () => ({ answer: read() }));
      if (found !== undefined && isEmpty(found.answer)) note(fact, "the answer was empty");
      return isEmpty(found?.answer) ? undefined : found?.answer;
    },
  };
}

function isEmpty(answer: unknown): boolean {
  if (Array.isArray(answer)) return answer.length === 0;
  return answer === undefined || answer === "" || answer === 0;
}
