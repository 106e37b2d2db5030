import { parseSid } from "./parse-sid.ts";
import type { Win32 } from "./win32.ts";

/** A look-up that asks a domain controller may take long: the sample goes on without it. */
const LONGEST_LOOK_UP_MS = 5000;

export interface UserNames {
  /** DOMAIN\name of an account, as far as it is known now; else the SID's text. */
  name(sid: Buffer): string | undefined;
  /** Looks up what `name` was asked for and did not know; rejects never. */
  learn(): Promise<void>;
}

/**
 * Names of accounts, each asked for once while the agent runs, one after the other: a look-up that waits for a domain
 * controller holds one of the few threads that files and names of hosts need, too.
 */
export function createUserNames(win32: Win32): UserNames {
  const names = new Map<string, string>();
  /** In the order of asking; the first is being looked up. */
  const waiting = new Map<string, Buffer>();
  let hasNew = false;
  let working: Promise<void> | undefined;

  async function work(): Promise<void> {
    try {
      for (const [text, sid] of waiting) {
        names.set(text, (await win32.accountName(sid)) ?? text);
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
      if (known === undefined && !waiting.has(text)) {
        waiting.set(text, sid);
        hasNew = true;
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
