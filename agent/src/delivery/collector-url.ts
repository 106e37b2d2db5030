import { UsageError } from "../errors.ts";

/**
 * The collector's address, checked: secrets go over plain HTTP only where they do not leave the machine.
 *
 * @throws UsageError with a sentence that says what is wrong.
 */
export function collectorUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw new UsageError(`the collector's url ${text} is not a url, expected https://host:port`);
  if (url.protocol === "https:") return url;
  if (url.protocol !== "http:") {
    throw new UsageError(`the collector's url ${text} begins with ${url.protocol}, expected https:`);
  }
  if (isLoopback(url.hostname)) return url;
  throw new UsageError(
    `the collector's url ${text} is plain http to another machine; http:// is allowed to this machine's loopback only, use https://`,
  );
}

/** The whole address of a route of the collector's API, whatever path the collector's own url has. */
export function apiUrl(base: URL, route: string): URL {
  return new URL(`${base.pathname.replace(/\/+$/, "")}/api/v1/${route}`, base);
}

/** Whether a url's host name means this machine itself. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
