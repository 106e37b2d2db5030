import type { AcceptedReport } from "../accepted-report.ts";
import type { Reporter } from "./agents.ts";
import { type Epoch, NOT_BEGUN } from "./applied-reports.ts";
import type { Database } from "./database.ts";
import type { HostTable } from "./hosts.ts";
import { isStranger, likeness, traitsOf } from "./machine-likeness.ts";

/** Two times of one agent may differ by this much and mean the same: the skew is known to the second. */
const SAME_TIME_MS = 2000;

interface Speaking {
  epochKey: number;
  began: number;
}

interface Standing {
  /** End of the latest window of any report. */
  lastSeen: number | null;
  epochKey: number | null;
  began: number | null;
}

function speakingOf(standing: Standing | undefined): Speaking | undefined {
  const { epochKey = null, began = null } = standing ?? {};
  return epochKey === null || began === null ? undefined : { epochKey, began };
}

interface Machine {
  hostKey: number;
  facts: string | null;
  lastSeen: number | null;
}

/** Where a report belongs. */
export interface Place {
  hostKey: number;
  /** The host was made for it: it was found to run beside the machine whose identity it has. */
  isNewClone: boolean;
  /** False when its facts may be another machine's than those that stand. */
  isTrusted: boolean;
}

/** By the time that they tell of: reports come in any order. */
function isBefore(one: Speaking, other: Speaking): boolean {
  return one.began === other.began ? one.epochKey < other.epochKey : one.began < other.began;
}

/** What it tells of is over before the one that speaks began: it is only late, and proves nothing. */
function isLate(last: Speaking | undefined, { window }: AcceptedReport): boolean {
  return last !== undefined && window.to <= last.began + SAME_TIME_MS;
}

/**
 * Tells the machines of one agent apart. A machine is copied, or put back to a snapshot, with its agent's identity; what
 * differs is the epoch, which is random at each start. Of one machine, the epochs follow each other; so an epoch that
 * speaks of a time after the next one began proves that both run, and the later one gets a host of its own when it
 * speaks again. A start after that goes to the machine that it resembles, those that fell silent first.
 */
export function machinesOfAgents(db: Database, hosts: HostTable) {
  const standing = db.prepare<[number], Standing>(
    `SELECT last_seen AS lastSeen, epoch.epoch_key AS epochKey, began
     FROM host LEFT JOIN epoch ON epoch.epoch_key = speaking_epoch_key WHERE host.host_key = ?`,
  );
  const speaking = (hostKey: number) => speakingOf(standing.get(hostKey));
  const setSpeaking = db.prepare<[number, number]>("UPDATE host SET speaking_epoch_key = ? WHERE host_key = ?");
  const setBegan = db.prepare<[number, number]>("UPDATE epoch SET began = ? WHERE epoch_key = ?");
  const setPlace = db.prepare<[number, number]>("UPDATE epoch SET host_key = ? WHERE epoch_key = ?");
  const machines = db.prepare<{ hostKey: number }, Machine>(
    `SELECT host_key AS hostKey, facts, last_seen AS lastSeen FROM host
     WHERE host_key = @hostKey OR clone_of = @hostKey ORDER BY host_key`,
  );
  const hasClones = db.prepare<[number], number>("SELECT 1 FROM host WHERE clone_of = ? LIMIT 1").pluck();
  const factsOf = db.prepare<[number], string | null>("SELECT facts FROM host WHERE host_key = ?").pluck();

  /** The machine that a report most likely comes from: the likest, silent ones first, then the longest silent. */
  function likest(among: readonly Machine[], report: AcceptedReport): Machine | undefined {
    const traits = traitsOf(report);
    const isSilent = ({ lastSeen }: Machine) => (lastSeen ?? 0) <= report.window.from + SAME_TIME_MS;
    return among
      .map((machine) => ({ machine, alike: likeness(machine.facts, traits), silent: isSilent(machine) }))
      .filter(({ alike }) => alike > 0)
      .toSorted(
        (a, b) =>
          b.alike - a.alike ||
          Number(b.silent) - Number(a.silent) ||
          (a.machine.lastSeen ?? 0) - (b.machine.lastSeen ?? 0) ||
          a.machine.hostKey - b.machine.hostKey,
      )[0]?.machine;
  }

  /** A first report: the epoch goes to the machine that it seems to be a new start of. */
  function begin(reporter: Reporter, epoch: Epoch, report: AcceptedReport): Place {
    const root = reporter.hostKey;
    const among = hasClones.get(root) === 1 ? machines.all({ hostKey: root }) : [];
    const hostKey = likest(among, report)?.hostKey ?? root;
    if (hostKey !== root) setPlace.run(hostKey, epoch.epochKey);
    const last = speaking(hostKey);
    const known = factsOf.get(hostKey);
    // Another network card, or another machine: its facts wait until it has spoken twice.
    const isTrusted = !known || !last || !isStranger(known, traitsOf(report));
    // One that began later speaks, however short the time was that the other one ran: else it would be taken for a
    // second machine as soon as it speaks again.
    if (!isLate(last, report) || (last && isBefore(last, epoch))) setSpeaking.run(epoch.epochKey, hostKey);
    return { hostKey, isNewClone: false, isTrusted };
  }

  /** The epoch was proved to run beside the one that speaks for its host. */
  function setApart(root: number, epoch: Epoch, from: number, report: AcceptedReport): Place {
    const silent = machines
      .all({ hostKey: root })
      .filter(({ hostKey, lastSeen }) => hostKey !== from && (lastSeen ?? 0) <= epoch.began + SAME_TIME_MS);
    const known = likest(silent, report)?.hostKey;
    const hostKey = known ?? hosts.addClone(root);
    setPlace.run(hostKey, epoch.epochKey);
    setSpeaking.run(epoch.epochKey, hostKey);
    return { hostKey, isNewClone: known === undefined, isTrusted: true };
  }

  return {
    /** How things stand with a host before a report is taken in. */
    standing: (hostKey: number) => standing.get(hostKey),
    /**
     * For a report that nobody had sent before.
     * @param before how things stand with the epoch's host
     */
    place(reporter: Reporter, epoch: Epoch, report: AcceptedReport, before: Standing | undefined): Place {
      const isFirst = epoch.began === NOT_BEGUN;
      const began = Math.min(epoch.began, report.window.from);
      if (began < epoch.began) setBegan.run(began, epoch.epochKey);
      if (isFirst) return begin(reporter, { ...epoch, began }, report);
      const hostKey = epoch.hostKey ?? reporter.hostKey;
      const last = speakingOf(before);
      if (last?.epochKey !== epoch.epochKey && !isLate(last, report)) {
        if (last && isBefore(last, { ...epoch, began })) return setApart(reporter.hostKey, epoch, hostKey, report);
        setSpeaking.run(epoch.epochKey, hostKey);
      }
      return { hostKey, isNewClone: false, isTrusted: true };
    },
  };
}

export type MachinesOfAgents = ReturnType<typeof machinesOfAgents>;
