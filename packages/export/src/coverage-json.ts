import type { CoverageSummary, HostCoverageSummary } from "./firewall-document.ts";
import { rfc3339 } from "./text.ts";

export interface CoverageJson extends Omit<CoverageSummary, "hosts"> {
  hosts: (Omit<HostCoverageSummary, "name" | "firstReport" | "lastReport"> & {
    host: string;
    firstReport?: string;
    lastReport?: string;
  })[];
}

/** Coverage as documents and the API show it: times in RFC 3339 UTC. */
export function coverageJson(coverage: CoverageSummary): CoverageJson {
  return {
    ...coverage,
    hosts: coverage.hosts.map(({ name, firstReport, lastReport, ...host }) => ({
      host: name,
      ...host,
      ...(firstReport !== undefined && { firstReport: rfc3339(firstReport) }),
      ...(lastReport !== undefined && { lastReport: rfc3339(lastReport) }),
    })),
  };
}
