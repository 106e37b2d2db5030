import type { AcceptedLoad } from "../accepted-report.ts";
import type { HostLoad, LoadFigures } from "../evidence.ts";
import type { Database } from "./database.ts";
import { dayNumber, dayText, hostId } from "./encoding.ts";
import { addFigures, decodeFigures, encodeFigures, mergeFigures } from "./load-figures.ts";
import type { MergedHosts } from "./merged-hosts.ts";
import { lastOldDay } from "./old-day.ts";
import { UNFINISHED } from "./unfinished-imports.ts";

const HOSTS_A_STEP = 100;

interface Row {
  hostKey: number;
  day: number;
  /** Null for a whole day. */
  hour: number | null;
  figures: string;
}

/** A row's figures with more. */
function added(known: string | undefined, figures: LoadFigures): string {
  return encodeFigures(known === undefined ? figures : addFigures(decodeFigures(known), figures));
}

/** What hosts did, by hour and by day. */
export function loadTables(db: Database, merges: () => MergedHosts) {
  const hourOf = db
    .prepare<number[], string>(
      "SELECT figures FROM load_hour WHERE host_key = ? AND day = ? AND hour = ? AND import_key = ?",
    )
    .pluck();
  const dayOf = db
    .prepare<number[], string>("SELECT figures FROM load_day WHERE host_key = ? AND day = ? AND import_key = ?")
    .pluck();
  const putHour = db.prepare<[number, number, number, number, string]>(
    "INSERT OR REPLACE INTO load_hour VALUES (?, ?, ?, ?, ?)",
  );
  const putDay = db.prepare<[number, number, number, string]>("INSERT OR REPLACE INTO load_day VALUES (?, ?, ?, ?)");
  const shown = `import_key NOT IN ${UNFINISHED} AND host_key = ? AND day BETWEEN ? AND ?`;
  const hours = db.prepare<[number, number, number], Row>(
    `SELECT host_key AS hostKey, day, hour, figures FROM load_hour WHERE ${shown} ORDER BY day, hour`,
  );
  const days = db.prepare<[number, number, number], Row>(
    `SELECT host_key AS hostKey, day, NULL AS hour, figures FROM load_day WHERE ${shown} ORDER BY day`,
  );
  const allHosts = db.prepare<[], number>("SELECT host_key FROM host ORDER BY host_key").pluck();
  const someHosts = db
    .prepare<[number, number], number>("SELECT host_key FROM host WHERE host_key > ? ORDER BY host_key LIMIT ?")
    .pluck();
  const oldDay = lastOldDay(db);
  const dropHours = db.prepare<[number, number]>("DELETE FROM load_hour WHERE host_key = ? AND day <= ?");

  function addHour(hostKey: number, importKey: number, { day: dayName, hour, ...figures }: AcceptedLoad): void {
    const day = dayNumber(dayName);
    putHour.run(hostKey, day, hour, importKey, added(hourOf.get(hostKey, day, hour, importKey), figures));
    putDay.run(hostKey, day, importKey, added(dayOf.get(hostKey, day, importKey), figures));
  }

  /** Rows of hosts that are one, by hour or day. */
  function merged(root: number, rows: readonly Row[]): HostLoad[] {
    const groups = Map.groupBy(rows, ({ day, hour }) => `${day} ${hour}`);
    return [...groups.values()].flatMap((group) => {
      const [first] = group;
      if (!first) return [];
      const { day, hour } = first;
      return [
        {
          hostId: hostId(root),
          day: dayText(day),
          ...(hour !== null && { hour }),
          figures: mergeFigures(group.map(({ figures }) => decodeFigures(figures))),
        },
      ];
    });
  }

  /** By hour, and of a day whose hours were dropped the whole. */
  function rowsOf(hostKey: number, from: number, to: number, by: "hour" | "day"): Row[] {
    const whole = days.all(hostKey, from, to);
    if (by === "day") return whole;
    const parts = hours.all(hostKey, from, to);
    const told = new Set(parts.map(({ day }) => day));
    return [...whole.filter(({ day }) => !told.has(day)), ...parts];
  }

  return {
    add(hostKey: number, importKey: number, load: readonly AcceptedLoad[] | undefined): void {
      for (const part of load ?? []) addHour(hostKey, importKey, part);
    },
    /** Of one host, or of all. */
    list(hostKey: number | undefined, from: number, to: number, by: "hour" | "day"): HostLoad[] {
      const { rootOf, membersOf } = merges();
      const roots = hostKey === undefined ? allHosts.all().filter((key) => rootOf(key) === key) : [rootOf(hostKey)];
      return roots.flatMap((root) =>
        merged(
          root,
          membersOf(root)
            .flatMap((member) => rowsOf(member, from, to, by))
            .toSorted((a, b) => a.day - b.day || (a.hour ?? 0) - (b.hour ?? 0) || a.hostKey - b.hostKey),
        ),
      );
    },
    /** Drops old hours, one step for each turn, inside the caller's transaction; their days stand. */
    *age(at: number): Generator<boolean, void> {
      const old = oldDay(at);
      if (old === undefined) return;
      for (let some = someHosts.all(0, HOSTS_A_STEP); some.length > 0;) {
        for (const hostKey of some) dropHours.run(hostKey, old);
        yield false;
        some = someHosts.all(some.at(-1) ?? 0, HOSTS_A_STEP);
      }
    },
  };
}

export type LoadTables = ReturnType<typeof loadTables>;
