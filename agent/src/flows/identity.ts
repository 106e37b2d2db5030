import type { Process } from "@portolan/protocol";

const identities = new WeakMap<Process, string>();

/** Text that is equal for equal processes and sorts them; empty for an unknown one. */
export function processIdentity(process: Process | undefined): string {
  if (process === undefined) return "";
  let identity = identities.get(process);
  if (identity === undefined) {
    const { name, executable, program, user, service, container } = process;
    identity = JSON.stringify([
      name,
      executable,
      program,
      user,
      service,
      container?.id,
      container?.name,
      container?.image,
    ]);
    identities.set(process, identity);
  }
  return identity;
}

/** Code-unit order. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
