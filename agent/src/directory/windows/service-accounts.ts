import type { Directory } from "@portolan/protocol";
import { messageOf } from "../../errors.ts";
import { compareText } from "../../flows/identity.ts";
import { readApplicationPools } from "../../inventory/windows/iis.ts";
import type { ApplicationPool } from "../../inventory/windows/parse-application-host.ts";
import { executableOf } from "../../inventory/windows/services.ts";
import type { Registry } from "../../windows/registry.ts";
import { systemRoot } from "../../windows/system-root.ts";
import type { AccountCalls } from "./account-calls.ts";
import { createEnglishNames } from "./built-in-accounts.ts";
import { createSidNames, type NamedSid } from "./name-sids.ts";
import { readScheduledTasks, type TaskAccount } from "./scheduled-tasks.ts";

type ServiceAccount = Directory["serviceAccounts"][number];

const SERVICES = "SYSTEM\\CurrentControlSet\\Services";
/** SERVICE_WIN32_OWN_PROCESS and …SHARE_PROCESS, winnt.h: all others are drivers. */
const PROGRAM = 0x30;
/** SERVICE_USER_SERVICE: each runs as whoever is signed on, and names no account. */
const OF_USERS = 0x40;
/** The protocol's limits. */
const MOST_ACCOUNTS = 4096;
const LONGEST = 1024;
/** As applicationHost.config names them (IIS' own schema). */
const POOL_IDENTITIES: Partial<Record<string, (pool: ApplicationPool) => string | undefined>> = {
  LocalSystem: () => "LocalSystem",
  LocalService: () => "NT AUTHORITY\\LocalService",
  NetworkService: () => "NT AUTHORITY\\NetworkService",
  ApplicationPoolIdentity: ({ name }) => `IIS APPPOOL\\${name}`,
  SpecificUser: ({ userName }) => userName,
};

/** By what an account's owner is told. */
interface Owner {
  /** This host's name, as its own accounts have it before the backslash; "" where it is unknown. */
  hostName: string;
  /** Whether it is a domain controller, which has no accounts but its domain's. */
  isController: boolean;
}

/**
 * Accounts of services, of IIS' application pools and of scheduled tasks; names only, sorted. Windows' own services under
 * a built-in account are left out, as every host has hundreds of them. And what could not be read.
 */
export async function readServiceAccounts(
  registry: Registry,
  { hostName, isController }: Owner,
  accountCalls: AccountCalls,
): Promise<{ accounts: ServiceAccount[]; unread: Directory["evidence"] }> {
  const unread: Directory["evidence"] = [];
  const note: Note = (source, reason) => {
    unread.push({ source: cut(source), value: cut(`not read: ${reason}`), privileged: true, verifiedLive: false });
  };
  const attempt = (source: string, read: () => ServiceAccount[]): ServiceAccount[] => {
    try {
      return read();
    } catch (error) {
      note(source, messageOf(error));
      return [];
    }
  };
  const nameSid = createSidNames(accountCalls);
  const english = createEnglishNames(await accountCalls.builtIn().catch(() => []));
  const kindOf: KindOf = (account, isManaged = false) => {
    const kind = accountKind(english(account), hostName, isManaged);
    const isDomains = kind === "local" && isController && !isBuiltIn(english(account));
    return isDomains ? (isManaged && account.endsWith("$") ? "gmsa" : "domain") : kind;
  };
  const ofServices = [
    ...attempt(`HKLM\\${SERVICES}`, () =>
      registry
        .keys(SERVICES)
        .flatMap((name) =>
          attempt(`HKLM\\${SERVICES}\\${name}`, () => accountOfService(registry, name, english, kindOf)),
        ),
    ),
    ...readApplicationPools(registry, note).flatMap((pool) => accountOfPool(pool, kindOf, note)),
  ];
  const tasks = tasksOf(registry, note);
  const names = await Promise.all(
    tasks.map(({ account }) => (/^S-1-/i.test(account) ? nameSid(account) : { name: account })),
  );
  const ofTasks = tasks
    .flatMap((task, index) => accountOfTask(task, names[index], kindOf, note))
    .filter(({ account }) => !isBuiltIn(english(account)));
  const accounts = [...ofServices, ...ofTasks]
    .filter(({ consumer, account }) => {
      const isOfEntra = /^AzureAD\\/i.test(account);
      if (isOfEntra) note(consumer, `${account} is an account of Entra ID`);
      return account !== "" && !isOfEntra;
    })
    .map((item) => ({ ...item, consumer: cut(item.consumer), account: cut(item.account) }))
    .toSorted((a, b) => compareText(a.consumer, b.consumer) || compareText(a.account, b.account));
  const beyond = accounts.length - MOST_ACCOUNTS;
  if (beyond > 0) note("service accounts", `${beyond} beyond the first ${MOST_ACCOUNTS}`);
  return { accounts: accounts.slice(0, MOST_ACCOUNTS), unread };
}

/** Windows takes halves of surrogate pairs in names, and a limit may part one. */
function cut(text: string): string {
  return text.slice(0, LONGEST).toWellFormed();
}

type KindOf = (account: string, isManaged?: boolean) => ServiceAccount["kind"];

function accountOfPool(pool: ApplicationPool, kindOf: KindOf, note: Note): ServiceAccount[] {
  const [consumer, account] = [`IIS pool ${pool.name}`, POOL_IDENTITIES[pool.identityType]?.(pool)];
  if (account !== undefined) return [{ consumer, account, kind: kindOf(account) }];
  note(consumer, `its identity is ${pool.identityType}, and no user is named`);
  return [];
}

function accountOfService(
  registry: Registry,
  name: string,
  english: (account: string) => string,
  kindOf: KindOf,
): ServiceAccount[] {
  const key = `${SERVICES}\\${name}`;
  const type = registry.number(key, "Type") ?? 0;
  if ((type & PROGRAM) === 0 || (type & OF_USERS) !== 0) return [];
  const account = registry.text(key, "ObjectName") || "LocalSystem";
  const kind = kindOf(account, registry.number(key, "ServiceAccountManaged") === 1);
  const executable = executableOf(registry.text(key, "ImagePath") ?? "") ?? "";
  if (isBuiltIn(english(account)) && isOfWindows(executable)) return [];
  return [{ consumer: name, account, kind }];
}

type Note = (source: string, reason: string) => void;

function tasksOf(registry: Registry, note: Note): TaskAccount[] {
  try {
    const { tasks, unread } = readScheduledTasks(systemRoot(registry));
    for (const { source, reason } of unread) note(source, reason);
    return tasks;
  } catch (error) {
    note("scheduled tasks", messageOf(error));
    return [];
  }
}

/** Newer files hold identifiers in place of names. */
function accountOfTask(
  { task, account, isGroup }: TaskAccount,
  named: NamedSid | undefined,
  kindOf: KindOf,
  note: Note,
): ServiceAccount[] {
  const consumer = isGroup ? `task ${task}, for a group` : `task ${task}`;
  if (named !== undefined && "unread" in named) {
    note(consumer, named.unread);
    return [];
  }
  const { name } = named ?? { name: account };
  return [{ consumer, account: name, kind: kindOf(name) }];
}

function isBuiltIn(account: string): boolean {
  return /^(LocalSystem$|\.\\LocalSystem$|NT AUTHORITY\\|NT SERVICE\\)/i.test(account);
}

function isOfWindows(executable: string): boolean {
  return /^(%(SystemRoot|windir)%|\\SystemRoot|[a-z]:\\windows)\\/i.test(executable);
}

/**
 * Whose account it is, by its form. LocalSystem, NetworkService and virtual accounts are the computer's own on the
 * network, LocalService is nobody there. A name that ends in `$` is a gMSA only where Windows manages its password.
 *
 * @param isManaged the service's ServiceAccountManaged
 */
export function accountKind(account: string, hostName: string, isManaged = false): ServiceAccount["kind"] {
  if (/^(\.\\)?LocalSystem$|^NT AUTHORITY\\(SYSTEM|Network ?Service)$|^(NT SERVICE|IIS APPPOOL)\\/i.test(account))
    return "machine";
  const domain = account.includes("\\") ? account.slice(0, account.indexOf("\\")) : undefined;
  if (domain === undefined && !account.includes("@")) return "local";
  // The accounts that people sign in to Windows with at home are kept by the host itself.
  const isLocal = domain === "." || /^(?:NT AUTHORITY|MicrosoftAccount)$/i.test(domain ?? "");
  if (isLocal || (domain !== undefined && domain.toLowerCase() === hostName.toLowerCase())) return "local";
  return isManaged && account.endsWith("$") ? "gmsa" : "domain";
}
