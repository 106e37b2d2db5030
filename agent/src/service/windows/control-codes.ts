/** Controls that the Service Control Manager sends; winsvc.h. */
const CONTROL = { stop: 1, interrogate: 4, shutdown: 5, preshutdown: 15 } as const;

/** SERVICE_ACCEPT_STOP, SHUTDOWN and PRESHUTDOWN: the last comes first, and gives more time. */
export const ACCEPTED_CONTROLS = 0x1 | 0x4 | 0x100;

/** What a control asks for; of others than these the manager must hear that nobody obeys them. */
export function meaningOf(control: number): "stop" | "nothing" | "unknown" {
  if (control === CONTROL.interrogate) return "nothing";
  const stops: readonly number[] = [CONTROL.stop, CONTROL.shutdown, CONTROL.preshutdown];
  return stops.includes(control) ? "stop" : "unknown";
}
