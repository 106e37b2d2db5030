import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;

/**
 * The IANA name of this host's time zone; its days are the days of the reports.
 *
 * Read as ICU would (TZ, then /etc/localtime), but without ICU, whose tables would add 8 MB to the agent. Only where
 * /etc/localtime is a copy of nobody knows which zone, ICU must compare it with all of them.
 *
 * @param preferred the TZ variable, which wins.
 */
export function localTimeZone(etcRoot: string, preferred: string | undefined): string {
  const wished = preferred?.replace(/^:/, "");
  if (wished !== undefined && ZONE_NAME.test(wished)) return wished;
  const localtime = join(etcRoot, "localtime");
  const linked = attempt(() => readlinkSync(localtime))?.split("/zoneinfo/")[1];
  if (linked !== undefined && ZONE_NAME.test(linked)) return linked.replace(/^(?:posix|right)\//, "");
  if (attempt(() => existsSync(etcRoot)) === true && !existsSync(localtime)) return "UTC";
  const noted = attempt(() => readFileSync(join(etcRoot, "timezone"), "utf8"))?.trim();
  if (noted !== undefined && ZONE_NAME.test(noted)) return noted;
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function attempt<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
