/** From here on a day of some time zone may lie in the year 10000, which no RFC 3339 time can say. */
const TOO_LATE = Date.UTC(9999, 0, 1);

/** What is wrong with a moment (milliseconds since 1970 UTC) that the storage could not keep; undefined where nothing is. */
export function timeProblem(ms: number): string | undefined {
  if (ms < 0) return "expected a time since 1970";
  return ms < TOO_LATE ? undefined : "expected a time before the year 9999";
}
