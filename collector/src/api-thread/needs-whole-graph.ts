/** Of `GET /flows` those of one host are found by an index; with a filter that few pass, the others are read whole. */
const WHOLE = [
  /^GET \/api\/v1\/(exports|firewall|graph)\b/,
  /^POST \/api\/v1\/plans\b/,
  /^GET \/api\/v1\/flows(?!.*[?&]host=)/,
];

/** Whether a request takes as long as the estate is large: it then goes to the thread that analyses, and no page waits for it. */
export function needsWholeGraph(method: string, url: string): boolean {
  const request = `${method} ${url}`;
  return WHOLE.some((pattern) => pattern.test(request));
}
