import type { Directory } from "@portolan/protocol";
import { messageOf } from "../../errors.ts";
import { compareText } from "../../flows/identity.ts";
import { readApplicationPools } from "../../inventory/windows/iis.ts";
import { executableOf } from "../../inventory/windows/services.ts";
import type { Registry } from "../../windows/registry.ts";
import { systemRoot } from "../../windows/system-root.ts";
import type { AccountCalls } from "./account-calls.ts";
import { createSidNames, type NamedSid } from "./name-sids.ts";
import { readScheduledTasks, type TaskAccount } from "./scheduled-tasks.ts";

type ServiceAccount = Directory["serviceAccounts"][number];

const SERVICES = "SYSTEM\\CurrentControlSet\\Services";
/** SERVICE_WIN32_OWN_PROCESS and …SHARE_PROCESS, winnt.h: all others are drivers. */
const PROGRAM = 0x30;
/** The protocol's limits. */
const MOST_ACCOUNTS = 4096;
const LONGEST = 1024;
/** As applicationHost.config names them (IIS' own schema). */
const POOL_IDENTITIES: Partial<Record<string, string>> = {
  LocalSystem: "LocalSystem",
  LocalService: "NT AUTHORITY\\LocalService",
  NetworkService: "NT AUTHORITY\\NetworkService",
};

/**
 * Accounts of services, of IIS' application pools and of scheduled tasks; names only, sorted. Windows' own services under
 * a built-in account are left out, as every host has hundreds of them. And what could not be read.
 *
 * @param hostName by which this host's own accounts are told from a domain's; "" where it is unknown
 */
export async function readServiceAccounts(
  registry: Registry,
  hostName: string,
  accountCalls: AccountCalls,
): Promise<{ accounts: ServiceAccount[]; unread: Directory["evidence"] }> {
  const unread: Directory["evidence"] = [];
  const note: Note = (source, reason) => {
    const [shown, value] = [source.slice(0, LONGEST), `not read: ${reason}`.slice(0, LONGEST)];
    unread.push({ source: shown, value, privileged: true, verifiedLive: false });
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
  const ofServices = [
    ...attempt(`HKLM\\${SERVICES}`, () =>
      registry
        .keys(SERVICES)
        .flatMap((name) => attempt(`HKLM\\${SERVICES}\\${name}`, () => accountOfService(registry, name, hostName))),
    ),
    ...readApplicationPools(registry, note).map(({ name, identityType, userName }) => {
      const own = identityType === "SpecificUser" ? userName : POOL_IDENTITIES[identityType];
      const account = own ?? `IIS APPPOOL\\${name}`;
      return { consumer: `IIS pool ${name}`, account, kind: accountKind(account, hostName) };
    }),
  ];
  const tasks = tasksOf(registry, note);
  const names = await Promise.all(
    tasks.map(({ account }) => (/^S-1-/i.test(account) ? nameSid(account) : { name: account })),
  );
  const ofTasks = tasks.flatMap((task, index) => accountOfTask(task, names[index], hostName, note));
  const accounts = [...ofServices, ...ofTasks]
    .filter(({ account }) => account !== "")
    .map((item) => ({ ...item, consumer: item.consumer.slice(0, LONGEST), account: item.account.slice(0, LONGEST) }))
    .toSorted((a, b) => compareText(a.consumer, b.consumer) || compareText(a.account, b.account));
  return { accounts: accounts.slice(0, MOST_ACCOUNTS), unread };
}

function accountOfService(registry: Registry, name: string, hostName: string): ServiceAccount[] {
  const key = `${SERVICES}\\${name}`;
  if (((registry.number(key, "Type") ?? 0) & PROGRAM) === 0) return [];
  const account = registry.text(key, "ObjectName") || "LocalSystem";
  const kind = accountKind(account, hostName, registry.number(key, "ServiceAccountManaged") === 1);
  const executable = executableOf(registry.text(key, "ImagePath") ?? "") ?? "";
  if (isBuiltIn(account) && isOfWindows(executable)) return [];
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
  hostName: string,
  note: Note,
): ServiceAccount[] {
  const consumer = isGroup ? `task ${task}, for a group` : `task ${task}`;
  if (named !== undefined && "unread" in named) {
    note(consumer, named.unread);
    return [];
  }
  const { name } = named ?? { name: account };
  return [{ consumer, account: name, kind: accountKind(name, hostName) }];
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
  const isLocal = domain === "." || domain?.toUpperCase() === "NT AUTHORITY";
  if (isLocal || (domain !== undefined && domain.toLowerCase() === hostName.toLowerCase())) return "local";
  return isManaged && account.endsWith("$") ? "gmsa" : "domain";
}
