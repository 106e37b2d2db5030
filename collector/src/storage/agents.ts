export interface EnrolAgent {
  agentId: string;
  secretHash: string;
  site: string;
  hostname: string;
  machineId?: string;
  timeZone: string;
  agentVersion: string;
  at: number;
}

export interface AgentRecord {
  id: string;
  hostId: string;
  site: string;
  version: string;
  enrolledAt: number;
  lastReportAt?: number;
  /** Agent's clock minus the collector's at the last receipt, milliseconds. */
  skewMs?: number;
  retiredAt?: number;
  /** Reports that came under an applied number with another content: a clone, or a machine put back to a snapshot. */
  conflicts?: number;
  /** Machines that run with this one's identity, each a host of its own. */
  clones?: number;
  /** Reports whose times were corrected by the skew of the agent's clock. */
  correctedReports?: number;
  /** Reports whose times made no sense (1970, the future, a clock set within the window). */
  misplacedReports?: number;
}
