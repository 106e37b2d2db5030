/** A key of plan.yaml that cannot be meant as it stands. */
export class PlanConfigError extends Error {
  readonly key: string;
  readonly value: string;
  readonly expected: string;

  constructor(key: string, value: string, expected: string) {
    super(`${key}: "${value}"; expected ${expected}`);
    this.name = "PlanConfigError";
    this.key = key;
    this.value = value;
    this.expected = expected;
  }
}

/** No cutover window is left: the blackouts take them all. */
export class CalendarError extends Error {
  /** The blackout that takes most of the windows, in words. */
  readonly blackout: string;

  constructor(found: number, wanted: number, years: number, blackout: string) {
    super(
      `only ${found} of ${wanted} cutover windows lie outside the blackouts within ${years} years; most fall to the blackout "${blackout}"`,
    );
    this.name = "CalendarError";
    this.blackout = blackout;
  }
}
