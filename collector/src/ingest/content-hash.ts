import { createHash } from "node:crypto";

/**
 * SHA-256 of what a report says, whenever, by whichever version of its agent and under whatever number it is sent: a
 * resend after an upgrade is no clone. A report that is sent again comes from the same record of the spool, so only
 * the members of the envelope are put into order; to sort every flow's keys took half of the time of a report.
 */
export function contentHash(body: Readonly<Record<string, unknown>>): string {
  const { sentAt: _sentAt, agent: _agent, sequence: _sequence, ...content } = body;
  const members = Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(members)).digest("hex");
}
