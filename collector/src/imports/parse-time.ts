import { Timestamp } from "@portolan/protocol";
import { DateTime } from "luxon";
import { timeProblem } from "../ingest/time-bounds.ts";

/**
 * Milliseconds since 1970 UTC of an RFC 3339 time, or of a date (YYYY-MM-DD): its first or last moment in the site's
 * time zone. Undefined when it is neither, before 1970 or after 9998.
 */
export function parseTime(text: string, timeZone: string, end: "first" | "last"): number | undefined {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? momentOfDay(text, timeZone, end) : momentOf(text);
  return at !== undefined && timeProblem(at) === undefined ? at : undefined;
}

function momentOf(text: string): number | undefined {
  // A blank between date and time is what RFC 3339 allows and spreadsheets write.
  const withT = text.replace(" ", "T");
  return Timestamp.safeParse(withT).success ? Date.parse(withT) : undefined;
}

function momentOfDay(text: string, timeZone: string, end: "first" | "last"): number | undefined {
  const day = DateTime.fromISO(text, { zone: timeZone });
  if (!day.isValid) return undefined;
  return (end === "first" ? day.startOf("day") : day.endOf("day")).toMillis();
}
