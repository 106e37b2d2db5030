/** What lies in the spool; `bytes` and `limitBytes` are of the disk. */
export interface SpoolSize {
  reports: number;
  bytes: number;
  limitBytes: number;
  /** The last report was refused, and nothing was deleted since. */
  full: boolean;
  quarantined: number;
  /** Since the agent started: reports that were merged into others, and damaged ones put into quarantine. */
  merged: number;
  damaged: number;
}
