import * as z from "zod/mini";
import { UsageError } from "../errors.ts";

const TokenContent = z.object({
  url: z.string({ error: "url: expected text" }).check(z.minLength(1, "url: expected a url")),
  secret: z.string({ error: "secret: expected text" }).check(z.minLength(1, "secret: expected text")),
  caSha256: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/, "caSha256: expected 64 lower-case hex digits"))),
});
/** What an enrolment token says; `caSha256` is the SHA-256 of the DER of the collector's own CA certificate. */
export type TokenContent = z.infer<typeof TokenContent>;

/**
 * Reads a token: `ptn_` and base64url of JSON.
 *
 * @throws UsageError that says what is wrong without repeating the token.
 */
export function parseToken(text: string): TokenContent {
  const token = text.trim();
  if (!/^ptn_[A-Za-z0-9_-]+={0,2}$/.test(token)) {
    throw new UsageError("the token is malformed: expected ptn_ followed by base64url, on one line");
  }
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(token.slice(4), "base64url").toString("utf8"));
  } catch {
    throw new UsageError("the token is malformed: what follows ptn_ is not JSON; was it copied whole?");
  }
  const result = TokenContent.safeParse(content);
  if (result.success) return result.data;
  throw new UsageError(`the token is malformed: ${result.error.issues[0]?.message ?? "unknown content"}`);
}
