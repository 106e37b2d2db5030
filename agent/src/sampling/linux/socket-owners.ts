import { readdirSync, readlinkSync } from "node:fs";
import type { Process } from "@portolan/protocol";
import type { Observation } from "../sampler.ts";
import { parseStatusProcess } from "./parse-status.ts";
import { readIdentity, readProcStat } from "./process-identity.ts";
import { isDenied, unlessUnreadable } from "./read-proc-file.ts";
import type { ProcFileReader } from "./read-proc-file.ts";

/** A socket that no process holds (a kernel service's, or another user's) is looked for twice, then only this much later. */
const ORPHAN_RETRY_MS = 60_000;
/**
 * Sockets go from one process to another and users change without a sign (systemd's to a service, a master's to a
 * worker), so all is looked up afresh this often: measured at 24,000 descriptors, 141 ms.
 */
const CACHE_LIFE_MS = 300_000;
/** Entries kept of sockets that are gone, before they are swept. */
const SLACK = 4096;

interface Owner {
  pid: number;
  startTime: number;
  name: string;
  process: Process;
  alive: boolean;
}

export interface SocketOwners {
  /**
   * Fills in the process of every row that has one. Returns how many sockets stay without, and what stood in the way
   * when all processes were last searched; nothing does where they are the kernel's own.
   */
  attribute(observations: readonly Observation[], at: number): { ownerless: number; obstacle: string | undefined };
  /** Identity of the process that a thread belongs to, now; undefined when it is gone. */
  processOf(thread: number): Process | undefined;
}

/**
 * Which process holds a socket, from the links in /proc/PID/fd. Known owners are looked through first, and the search
 * stops when no inode is left unknown; measured at 24,000 descriptors: 5 ms instead of 141.
 */
export function createSocketOwners(
  procRoot: string,
  files: ProcFileReader,
  userName: (id: number) => string,
): SocketOwners {
  const ownerByInode = new Map<number, Owner>();
  const ownerByPid = new Map<number, Owner>();
  /** inode → when to look again. */
  const orphans = new Map<number, number>();
  let filledAt = 0;
  let obstacle: string | undefined;

  function readOwner(pid: number): Owner | undefined {
    const folder = `${procRoot}/${pid}`;
    const stat = readProcStat(folder, files);
    if (stat === undefined) return undefined;
    const process = readIdentity(folder, stat, files, userName);
    // The same start afterwards proves that all of it was one process.
    if (readProcStat(folder, files)?.startTime !== stat.startTime) return undefined;
    return { pid, ...stat, process, alive: true };
  }

  /** Forgets owners that ended, and those whose pid went to a successor; reads again what took another name by exec. */
  function checkOwners(at: number): void {
    // Either way, as the clock may have been set back.
    if (Math.abs(at - filledAt) >= CACHE_LIFE_MS) {
      filledAt = at;
      ownerByInode.clear();
      ownerByPid.clear();
      orphans.clear();
    }
    for (const [pid, owner] of ownerByPid) {
      const stat = readProcStat(`${procRoot}/${pid}`, files);
      if (stat?.startTime !== owner.startTime) {
        owner.alive = false;
        ownerByPid.delete(pid);
      } else if (stat.name !== owner.name) {
        const again = readOwner(pid);
        if (again !== undefined) Object.assign(owner, again);
      }
    }
  }

  /** Takes from `unknown` what the process holds. */
  function search(pid: number, unknown: Set<number>): void {
    const folder = `${procRoot}/${pid}/fd`;
    let owner: Owner | undefined;
    for (const descriptor of readdirSync(folder)) {
      const inode = socketInode(unlessUnreadable(() => readlinkSync(`${folder}/${descriptor}`)));
      if (inode === undefined || !unknown.has(inode)) continue;
      owner ??= ownerByPid.get(pid) ?? readOwner(pid);
      if (owner === undefined) return;
      ownerByPid.set(pid, owner);
      ownerByInode.set(inode, owner);
      orphans.delete(inode);
      unknown.delete(inode);
      if (unknown.size === 0) return;
    }
  }

  function searchAll(unknown: Set<number>): void {
    let denied = 0;
    const known = [...ownerByPid.keys()].toSorted(byAge);
    const pids = allPids(procRoot);
    const others = pids.filter((pid) => !ownerByPid.has(pid)).toSorted(byAge);
    for (const pid of [...known, ...others]) {
      if (unknown.size === 0) return;
      try {
        search(pid, unknown);
      } catch (error) {
        // Anything else than a missing privilege means that the process ended meanwhile.
        if (isDenied(error)) denied++;
      }
    }
    if (denied > 0) obstacle = `${denied} processes denied reading their descriptors`;
    else obstacle = pids.includes(1) ? undefined : "the processes of other users are hidden (hidepid of proc)";
  }

  /** Names what the cache knows. Returns the other rows, by inode. */
  function nameKnown(observations: readonly Observation[]): Map<number, Observation> {
    const unnamed = new Map<number, Observation>();
    for (const row of observations) {
      if (row.inode === 0) continue;
      const owner = ownerByInode.get(row.inode);
      if (owner?.alive === true) row.process = owner.process;
      else unnamed.set(row.inode, row);
    }
    return unnamed;
  }

  function sweep(observations: readonly Observation[], at: number): void {
    for (const [inode, retryAt] of orphans) if (retryAt + ORPHAN_RETRY_MS < at) orphans.delete(inode);
    if (ownerByInode.size <= observations.length + SLACK) return;
    const inodes = new Set(observations.map((row) => row.inode));
    for (const inode of ownerByInode.keys()) if (!inodes.has(inode)) ownerByInode.delete(inode);
    const owning = new Set(ownerByInode.values());
    for (const [pid, owner] of ownerByPid) if (!owning.has(owner)) ownerByPid.delete(pid);
  }

  function attribute(
    observations: readonly Observation[],
    at: number,
  ): { ownerless: number; obstacle: string | undefined } {
    checkOwners(at);
    const unnamed = nameKnown(observations);
    const unknown = new Set<number>();
    for (const inode of unnamed.keys()) if ((orphans.get(inode) ?? 0) <= at) unknown.add(inode);
    if (unknown.size > 0) searchAll(unknown);
    // The first time it may just have been on its way into a process.
    for (const inode of unknown) orphans.set(inode, orphans.has(inode) ? at + ORPHAN_RETRY_MS : at);
    sweep(observations, at);
    return { ownerless: nameKnown([...unnamed.values()]).size, obstacle };
  }

  function processOf(thread: number): Process | undefined {
    const pid = unlessUnreadable(() => parseStatusProcess(files.read(`${procRoot}/${thread}/status`)));
    if (pid === undefined) return undefined;
    const known = ownerByPid.get(pid);
    const stat = known && readProcStat(`${procRoot}/${pid}`, files);
    if (known && stat?.startTime === known.startTime && stat.name === known.name) return known.process;
    return readOwner(pid)?.process;
  }

  return { attribute, processOf };
}

function allPids(procRoot: string): number[] {
  const pids: number[] = [];
  for (const name of unlessUnreadable(() => readdirSync(procRoot)) ?? [])
    if (/^[1-9]\d*$/.test(name)) pids.push(Number(name));
  return pids;
}

/** A master before its workers; pid 1 last, as systemd keeps a copy of the sockets it hands to services. */
function byAge(left: number, right: number): number {
  return (left === 1 ? Number.MAX_SAFE_INTEGER : left) - (right === 1 ? Number.MAX_SAFE_INTEGER : right);
}

function socketInode(link: string | undefined): number | undefined {
  return link?.startsWith("socket:[") === true ? Number(link.slice(8, -1)) : undefined;
}
