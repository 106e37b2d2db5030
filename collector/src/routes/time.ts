/** Milliseconds since 1970 UTC as the API writes them: RFC 3339 UTC. */
export function time(ms: number): string {
  return new Date(ms).toISOString();
}
