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

/** Names of accounts, each asked for once while the agent runs. */
export function createUserNames(win32: Win32): UserNames {
  const names = new Map<string, string>();
  const unknown = new Map<string, Buffer>();

  async function lookUp(text: string, sid: Buffer): Promise<void> {
    names.set(text, (await win32.accountName(sid)) ?? text);
  }

  return {
    name(sid) {
      const text = parseSid(sid);
      if (text === undefined) return undefined;
      const known = names.get(text);
      if (known === undefined) unknown.set(text, sid);
      return known ?? text;
    },
    async learn() {
      if (unknown.size === 0) return;
      const asked = [...unknown].map(([text, sid]) => lookUp(text, sid));
      unknown.clear();
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, LONGEST_LOOK_UP_MS);
      await Promise.race([Promise.all(asked), late]);
      clearTimeout(timer);
    },
  };
}
