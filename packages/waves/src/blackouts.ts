import { DateTime } from "luxon";
import { PlanConfigError } from "./errors.ts";
import type { BlackoutConfig } from "./types.ts";

/** One blackout rule: its words, and whether it holds on a calendar day of the plan's time zone. */
export interface Blackout {
  words: string;
  holds(day: DateTime): boolean;
}

/**
 * The blackouts of plan.yaml, one per rule: the last n calendar days of every month, the first n, or from one date to
 * another, both included.
 * @throws PlanConfigError for a number of days outside 0..31 or a date that is none.
 */
export function readBlackouts(configs: readonly BlackoutConfig[]): Blackout[] {
  return configs.flatMap((config, index) => {
    const key = `blackouts[${index}]`;
    if ("from" in config) return [dates(key, config.from, config.to)];
    const rules: Blackout[] = [];
    const { monthEnd, monthStart } = config;
    if (monthEnd !== undefined) {
      checkDays(`${key}.monthEnd`, monthEnd);
      const holds = (day: DateTime): boolean => day.day > (day.daysInMonth ?? 31) - monthEnd;
      rules.push({ words: `the last ${monthEnd} days of a month`, holds });
    }
    if (monthStart !== undefined) {
      checkDays(`${key}.monthStart`, monthStart);
      rules.push({ words: `the first ${monthStart} days of a month`, holds: (day) => day.day <= monthStart });
    }
    return rules;
  });
}

function dates(key: string, from: string, to: string): Blackout {
  for (const [name, value] of Object.entries({ from, to })) {
    if (!isDate(value)) throw new PlanConfigError(`${key}.${name}`, value, "a date such as 2026-12-24");
  }
  if (to < from) throw new PlanConfigError(`${key}.to`, to, `a date not before ${from}`);
  const holds = (day: DateTime): boolean => {
    const text = day.toISODate() ?? "";
    return text >= from && text <= to;
  };
  return { words: `${from} to ${to}`, holds };
}

/** True for an existing calendar day written YYYY-MM-DD. */
export function isDate(value: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(value) && DateTime.fromISO(value, { zone: "utc" }).isValid;
}

function checkDays(key: string, days: number): void {
  if (!Number.isInteger(days) || days < 0 || days > 31) throw new PlanConfigError(key, String(days), "0 to 31 days");
}
