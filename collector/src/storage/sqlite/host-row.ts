/** One row of `host` as it is listed. */
export interface ListedRow {
  hostKey: number;
  site: string;
  name: string;
  managed: number;
  facts: string | null;
  factsAt: number | null;
  environment: string | null;
  notes: string | null;
  agentId: string | null;
  firstSeen: number | null;
  lastSeen: number | null;
  retiredAt: number | null;
  cloneOf: number | null;
}
