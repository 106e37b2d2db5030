import { parseSid } from "../../windows/sid.ts";
import type { Win32 } from "./win32.ts";

/** A look-up that asks a domain controller may take long: the sample goes on without it. */
const LONGEST_LOOK_UP_MS = 5000;
/** One that failed is made again after that, the next time after twice as long, and once a day at the least. */
const FIRST_RETRY_MS = 300_000;
const LONGEST_RETRY_MS = 86_400_000;

export interface UserNames {
  /** DOMAIN\name of an account, as far as it is known now; else the SID's text. */
  name(sid: Buffer): string | undefined;
  /** Looks up what `name` was asked for and did not know; rejects never. */
  learn(): Promise<void>;
}

/** An account whose name nobody told: it is gone, or its controller could not be asked. */
interface Unnamed {
  waitMs: number;
  retryAt: number;
}

/**
 * Names of accounts, each asked for until it is known, one after the other: a look-up that waits for a domain controller
 * holds one of the few threads that files and names of hosts need, too.
 */
export function createUserNames(win32: Win32): UserNames {
  const names = new Map<string, string>();
  const unnamed = new Map<string, Unnamed>();
  /** In the order of asking; the first is being looked up. */
  const waiting = new Map<string, Buffer>();
  let hasNew = false;
  let working: Promise<void> | undefined;

  function noteFailure(text: string): void {
    const before = unnamed.get(text);
    const waitMs = before === undefined ? FIRST_RETRY_MS : Math.min(2 * before.waitMs, LONGEST_RETRY_MS);
    unnamed.set(text, { waitMs, retryAt: performance.now() + waitMs });
  }

  async function work(): Promise<void> {
    try {
      for (const [text, sid] of waiting) {
        const name = await win32.accountName(sid);
        if (name === undefined) noteFailure(text);
        else {
          names.set(text, name);
          unnamed.delete(text);
        }
        waiting.delete(text);
      }
    } finally {
      working = undefined;
    }
  }

  return {
    name(sid) {
      const text = parseSid(sid);
      if (text === undefined) return undefined;
      const known = names.get(text);
      const isDue = performance.now() >= (unnamed.get(text)?.retryAt ?? 0);
      if (known === undefined && isDue && !waiting.has(text)) {
        waiting.set(text, sid);
        // Nobody waits for one that failed before: the sample has its SID.
        if (unnamed.has(text)) working ??= work();
        else hasNew = true;
      }
      return known ?? text;
    },
    async learn() {
      if (!hasNew) return;
      hasNew = false;
      working ??= work();
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, LONGEST_LOOK_UP_MS);
      await Promise.race([working, late]);
      clearTimeout(timer);
    },
  };
}
