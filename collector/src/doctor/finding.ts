/** One check: what was looked at, and what was found. */
export interface Finding {
  ok: boolean;
  subject: string;
  detail: string;
}
