import { accountName } from "../../windows/account-name.ts";
import { loadKoffi, openLibrary } from "../../windows/koffi.ts";
import { lazily } from "../../windows/win32.ts";
import { parseSid, sidBytes } from "../../windows/sid.ts";
import type { Answer } from "./evidence.ts";

/** ntsecapi.h, POLICY_INFORMATION_CLASS: whose accounts this machine keeps itself, and the domain that it belongs to. */
const ACCOUNT_DOMAIN = 5;
const DNS_DOMAIN = 12;
const VIEW_LOCAL_INFORMATION = 1;
/** Bytes of LSA_OBJECT_ATTRIBUTES, which holds nothing but its length here. */
const ATTRIBUTES = 48;
/** Where POLICY_ACCOUNT_DOMAIN_INFO and POLICY_DNS_DOMAIN_INFO point to a SID; both begin with a name. */
const SID_AT = { [ACCOUNT_DOMAIN]: 16, [DNS_DOMAIN]: 64 } as const;

/** Whose accounts an identifier may name: all of its parts but the last. */
interface Authority {
  sid: string;
  name: string;
}

/** What Windows is asked about accounts; doubles stand in tests. */
export interface AccountCalls {
  /** Accounts that this machine keeps itself: a controller's are its domain's. From its own settings, or an NTSTATUS. */
  machine(): Answer<Authority>;
  /** The domain that it belongs to, likewise; undefined where it belongs to none, or that is not told. */
  domain(): Authority | undefined;
  /** How this Windows names S-1-5-18, -19 and -20, in its language; it asks nobody for these. */
  builtIn(): Promise<(string | undefined)[]>;
  /** May ask a controller, but for accounts that this machine keeps itself. @param sid binary */
  accountName(sid: Buffer): Promise<string | undefined>;
}

const functions = lazily(() => {
  const koffi = loadKoffi();
  const advapi = openLibrary("advapi32.dll");
  const open: (system: null, attributes: Buffer, access: number, policy: BigUint64Array) => number = advapi.func(
    "uint32 __stdcall LsaOpenPolicy(void *, void *, uint32, void *)",
  );
  const query: (policy: bigint, kind: number, found: BigUint64Array) => number = advapi.func(
    "uint32 __stdcall LsaQueryInformationPolicy(uint64, int, void *)",
  );
  const free: (memory: bigint) => number = advapi.func("uint32 __stdcall LsaFreeMemory(uint64)");
  const close: (policy: bigint) => number = advapi.func("uint32 __stdcall LsaClose(uint64)");
  const bytesAt = (at: bigint, length: number): Buffer =>
    Buffer.from(Uint8Array.from(koffi.decode(at, koffi.array("uint8", length))));
  return { open, query, free, close, bytesAt };
});

/** `value` is undefined where the policy has no such authority. */
function askPolicy(kind: keyof typeof SID_AT): Answer<Authority | undefined> {
  const { open, query, free, close, bytesAt } = functions();
  const [policy, found] = [new BigUint64Array(1), new BigUint64Array(1)];
  const attributes = Buffer.alloc(ATTRIBUTES);
  attributes.writeUInt32LE(ATTRIBUTES);
  const opened = open(null, attributes, VIEW_LOCAL_INFORMATION, policy);
  if (opened !== 0) return { code: opened };
  const [handle = 0n] = policy;
  try {
    const code = query(handle, kind, found);
    const [at = 0n] = found;
    if (code !== 0 || at === 0n) return code === 0 ? { value: undefined } : { code };
    try {
      const told = bytesAt(at, SID_AT[kind] + 8);
      return { value: authorityOf(told, told.readBigUInt64LE(SID_AT[kind]), bytesAt) };
    } finally {
      free(at);
    }
  } finally {
    close(handle);
  }
}

/** @param told begins with an LSA_UNICODE_STRING: its length in bytes, and a pointer behind that */
function authorityOf(
  told: Buffer,
  sidAt: bigint,
  bytesAt: (at: bigint, length: number) => Buffer,
): Authority | undefined {
  if (sidAt === 0n) return undefined;
  const parts = bytesAt(sidAt, 8)[1] ?? 0;
  const sid = parseSid(bytesAt(sidAt, 8 + 4 * parts));
  const [length, nameAt] = [told.readUInt16LE(), told.readBigUInt64LE(8)];
  const name = length === 0 || nameAt === 0n ? "" : bytesAt(nameAt, length).toString("utf16le");
  return sid === undefined ? undefined : { sid, name };
}

/** STATUS_NOT_FOUND, for a machine without accounts of its own. */
const NOT_FOUND = 0xc000_0225;

/** This host's own. */
export const localAccounts: AccountCalls = {
  machine() {
    const answer = askPolicy(ACCOUNT_DOMAIN);
    if ("code" in answer) return answer;
    return answer.value === undefined ? { code: NOT_FOUND } : { value: answer.value };
  },
  domain() {
    const answer = askPolicy(DNS_DOMAIN);
    return "code" in answer ? undefined : answer.value;
  },
  builtIn: () => Promise.all([18, 19, 20].map((part) => accountName(sidBytes(`S-1-5-${part}`) ?? Buffer.alloc(0)))),
  accountName,
};
