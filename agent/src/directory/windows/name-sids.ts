import { messageOf } from "../../errors.ts";
import { sidBytes } from "../../windows/sid.ts";
import type { AccountCalls } from "./account-calls.ts";

/** The account's name, or why it is not told. */
export type NamedSid = { name: string } | { unread: string };

/**
 * Names accounts that this machine keeps itself, by identifiers such as S-1-5-21-1-2-3-1001. Of others it says whose they
 * are, and asks nobody: a domain's identifier is looked up at a controller. Each is looked up once.
 */
export function createSidNames(calls: AccountCalls): (sid: string) => Promise<NamedSid> {
  const named = new Map<string, Promise<NamedSid>>();
  let machine: ReturnType<AccountCalls["machine"]> | undefined;

  async function nameOf(sid: string): Promise<NamedSid> {
    const bytes = sidBytes(sid);
    if (bytes === undefined) return { unread: `${sid}, which is no identifier` };
    if (/^S-1-12-1-/i.test(sid)) return { unread: `the name of ${sid}, an account of Entra ID` };
    machine ??= calls.machine();
    if ("code" in machine)
      return { unread: `the name of ${sid}: whose it is was not told, status 0x${machine.code.toString(16)}` };
    const authority = sid.slice(0, sid.lastIndexOf("-")).toUpperCase();
    if (authority === machine.value.sid) {
      const name = await calls.accountName(bytes);
      return name === undefined ? { unread: `the name of ${sid}, of this host, which has no such account` } : { name };
    }
    const domain = calls.domain();
    const whose = authority === domain?.sid ? `the domain ${domain.name}` : "another domain or machine";
    return { unread: `the name of ${sid}, an account of ${whose}` };
  }

  return (sid) => {
    const known =
      named.get(sid) ?? nameOf(sid).catch((error: unknown) => ({ unread: `the name of ${sid}: ${messageOf(error)}` }));
    named.set(sid, known);
    return known;
  };
}
