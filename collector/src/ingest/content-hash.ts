import { createHash } from "node:crypto";

/** No report is nested deeper; what is would exhaust the stack. */
const MAX_DEPTH = 64;

/** Thrown by contentHash. */
export class TooDeepError extends Error {
  override name = "TooDeepError";
}

/**
 * SHA-256 of what a report says, whenever, by whichever version of its agent and under whatever number it is sent: a
 * resend after an upgrade is no clone. A report that is sent again comes from the same record of the spool, so only the members of the envelope
 * are put into order; to sort every flow's keys took half of the time of a report.
 * @throws TooDeepError beyond 64 levels
 */
export function contentHash(body: Readonly<Record<string, unknown>>): string {
  const { sentAt: _sentAt, agent: _agent, sequence: _sequence, ...content } = body;
  checkDepth(content, 1);
  const members = Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(members)).digest("hex");
}

function checkDepth(value: object, depth: number): void {
  if (depth > MAX_DEPTH) throw new TooDeepError(`expected at most ${MAX_DEPTH} levels of nesting`);
  for (const member of Object.values(value) as unknown[]) {
    if (typeof member === "object" && member !== null) checkDepth(member, depth + 1);
  }
}
