/** Facts are sent when they changed, at least this often, and when asked for. */
const RESEND_MS = 86_400_000;

/** Decides whether facts that are only sent on change go into the next report. */
export interface ChangeGate {
  /** True when these facts must be sent now; then they count as sent. */
  pass(facts: string, now: number): boolean;
  /** The next facts are sent whatever they are. */
  reset(): void;
}

/** `facts` is any text that is the same for the same facts. */
export function createChangeGate(): ChangeGate {
  let sent: { facts: string; at: number } | undefined;
  return {
    pass(facts, now) {
      // Either way, as the clock may have been set back.
      if (sent !== undefined && sent.facts === facts && Math.abs(now - sent.at) < RESEND_MS) return false;
      sent = { facts, at: now };
      return true;
    },
    reset() {
      sent = undefined;
    },
  };
}
