import { resolvePeriod, type Period, type PeriodQuery } from "../analysis/period.ts";
import { DEFAULT_SITE } from "../imports/default-site.ts";
import type { Context } from "./context.ts";

/** The days that a query means, and the calendar they are of: the only site's, or the default site's where there are several. */
export async function periodOf(
  { storage, analyses, clock }: Context,
  query: PeriodQuery,
): Promise<{ period: Period; timeZone: string }> {
  const sites = [...new Set((await analyses.current()).hosts.map((host) => host.site))];
  const timeZone = await storage.siteTimeZone(sites.length === 1 && sites[0] !== undefined ? sites[0] : DEFAULT_SITE);
  return { period: resolvePeriod(query, timeZone, clock()), timeZone };
}
