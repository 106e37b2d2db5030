import type { Process } from "@portolan/protocol";
import { ERROR } from "../../windows/win32-error.ts";
import { TableError } from "./grown.ts";
import type { OwnedRow } from "./parse-table.ts";
import type { ListedProcess } from "./parse-process-list.ts";
import { type DeniedField, goneProcess, type Identified, identify, processOf } from "./process-identity.ts";
import { createProcessList } from "./process-list.ts";
import { accountOfService, createServiceList } from "./service-list.ts";
import type { ToldEvent } from "./told-events.ts";
import type { UserNames } from "./user-names.ts";
import type { Win32 } from "./win32.ts";

/** Services come and go within a process that stays, so they are listed afresh this often. */
const SERVICES_LIFE_MS = 300_000;

/** Logs tell whole seconds. */
const CLOCK_MS = 1000;

interface Owner extends Identified {
  createdAt: bigint;
  /** Distinguishes this process from others of the same pid. */
  serial: number;
  services: string;
  user: string | undefined;
  process: Process;
}

interface Attribution {
  /** Rows of processes that are not in the kernel's list: they ended meanwhile. */
  ownerless: number;
  /** How many processes lack what, for want of a right. */
  denied: ReadonlyMap<DeniedField, number>;
  /** Processes that have sockets. */
  owners: number;
  /** Why no process could be named. */
  obstacle: string | undefined;
  /** Why the services in a process are not known, where no right would help. */
  servicesFailure: string | undefined;
}

export interface SocketOwners {
  /**
   * Fills in the process of every row that has one, and as its inode a number that no other process has; and that of
   * every event which tells one.
   */
  attribute(rows: readonly OwnedRow[], told: readonly ToldEvent[], at: number): Promise<Attribution>;
}

/**
 * Which process holds a socket: the tables name its pid, and the kernel's list tells by the creation time whether that
 * is still the process which was identified before. A pid that was used again gets another identity.
 */
export function createSocketOwners(win32: Win32, userNames: UserNames): SocketOwners {
  const listProcesses = createProcessList(win32);
  const listServices = createServiceList(win32);
  let owners = new Map<number, Owner>();
  let services: Map<number, string[]> | undefined;
  let servicesFailure: TableError | undefined;
  let servicesAt = Number.NaN;
  let serials = 0;

  function ownerOf(pid: number, listed: ListedProcess): Owner | undefined {
    const known = owners.get(pid);
    if (known?.createdAt === listed.createdAt) return known;
    const identified = identify(pid, listed, win32);
    if (identified === undefined) return undefined;
    serials += 1;
    // The account's name is asked for now, and known when all new owners have been found.
    if (identified.sid !== undefined) userNames.name(identified.sid);
    const undescribed = { services: "", user: undefined, process: { name: "" } };
    return { ...identified, createdAt: listed.createdAt, serial: serials, ...undescribed };
  }

  /** Where the token may not be opened, a service's account is in its configuration. */
  function userOf({ sid }: Owner, [service]: readonly string[]): string | undefined {
    if (sid !== undefined) return userNames.name(sid);
    return service === undefined ? undefined : accountOfService(service, win32);
  }

  /** Writes what the protocol carries of an owner, anew where it is new, its services changed or its account's name came. */
  function describe(owner: Owner, pid: number): void {
    const names = services?.get(pid) ?? [];
    const text = names.join();
    const isDescribed = owner.process.name !== "" && owner.services === text;
    const user = isDescribed && owner.sid === undefined ? owner.user : userOf(owner, names);
    if (isDescribed && owner.user === user) return;
    owner.services = text;
    owner.user = user;
    owner.process = processOf(owner, user, names);
  }

  /** The process that an event tells: the one that has its pid now, unless that began later. */
  function nameTeller({ event, pid, application }: ToldEvent, present: ReadonlyMap<number, Owner>): void {
    const owner = pid === undefined ? undefined : present.get(pid);
    if (owner !== undefined && millisecondsOf(owner.createdAt) <= event.at + CLOCK_MS) event.process = owner.process;
    else if (application !== undefined) event.process = goneProcess(application, win32.deviceOf);
  }

  async function attribute(rows: readonly OwnedRow[], told: readonly ToldEvent[], at: number): Promise<Attribution> {
    let listed: Map<number, ListedProcess>;
    try {
      listed = listProcesses();
    } catch (error) {
      if (!(error instanceof TableError)) throw error;
      const nothing = { denied: new Map(), owners: 0, servicesFailure: undefined };
      return { ...nothing, ownerless: rows.length, obstacle: error.message };
    }
    const present = new Map<number, Owner>();
    for (const pid of new Set([...rows, ...told].map((one) => one.pid ?? 0))) {
      const entry = pid === 0 ? undefined : listed.get(pid);
      const owner = entry && ownerOf(pid, entry);
      if (owner !== undefined) present.set(pid, owner);
    }
    await userNames.learn();
    const isNew = [...present].some(([pid, owner]) => owners.get(pid) !== owner);
    // Either way, as the clock may have been set back.
    if (isNew || !(Math.abs(at - servicesAt) < SERVICES_LIFE_MS)) {
      const listing = listServices();
      [services, servicesFailure] = listing instanceof TableError ? [undefined, listing] : [listing, undefined];
      servicesAt = at;
    }
    for (const [pid, owner] of present) describe(owner, pid);
    for (const one of told) nameTeller(one, present);
    owners = present;

    let ownerless = 0;
    for (const { observation, pid } of rows) {
      const owner = present.get(pid);
      if (owner !== undefined) {
        observation.process = owner.process;
        observation.pid = pid;
        observation.inode = owner.serial;
      } else if (pid !== 0) ownerless += 1;
    }
    const isDenied = servicesFailure?.code === ERROR.accessDenied;
    return {
      ownerless,
      denied: deniedOf(present.values(), isDenied),
      owners: present.size,
      obstacle: undefined,
      servicesFailure: isDenied ? undefined : servicesFailure?.message,
    };
  }

  return { attribute };
}

/** From 100 ns since 1601 to milliseconds since 1970, both UTC. */
function millisecondsOf(fileTime: bigint): number {
  return Number(fileTime / 10_000n) - 11_644_473_600_000;
}

function deniedOf(owners: Iterable<Owner>, lacksServices: boolean): Map<DeniedField, number> {
  const denied = new Map<DeniedField, number>();
  let all = 0;
  for (const owner of owners) {
    all += 1;
    const lacking = owner.denied.filter((field) => field !== "user" || owner.process.user === undefined);
    for (const field of lacking) denied.set(field, (denied.get(field) ?? 0) + 1);
  }
  if (lacksServices) denied.set("services", all);
  return denied;
}
