import { DateTime } from "luxon";
import { ApiError } from "../errors.ts";

/** Site days, YYYY-MM-DD, both included; an absent end is open. */
export interface Period {
  since?: string;
  until?: string;
}

function toDay(field: string, text: string, timeZone: string, now: number): string {
  const days = /^(\d{1,5})d$/.exec(text);
  const time = days
    ? DateTime.fromMillis(now, { zone: timeZone }).minus({ days: Number(days[1]) })
    : DateTime.fromISO(text, { zone: timeZone });
  const day = time.isValid ? time.setZone(timeZone).toISODate() : null;
  if (day === null)
    throw new ApiError("invalid_request", undefined, [
      { path: field, value: text, reason: "expected an RFC 3339 time, a date, or a number of days such as 7d" },
    ]);
  return day;
}

/** As a caller of the API writes it: RFC 3339, a date, or a number of days such as 7d. */
export interface PeriodQuery {
  since?: string | undefined;
  until?: string | undefined;
}

/** `since` and `until` mean whole days of the site. */
export function resolvePeriod(query: PeriodQuery, timeZone: string, now: number): Period {
  const since = query.since === undefined ? undefined : toDay("since", query.since, timeZone, now);
  const until = query.until === undefined ? undefined : toDay("until", query.until, timeZone, now);
  if (since !== undefined && until !== undefined && since > until)
    throw new ApiError("invalid_request", undefined, [
      { path: "until", value: until, reason: `expected a day not before since (${since})` },
    ]);
  return { ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
}
