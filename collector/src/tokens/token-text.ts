import { createHash, randomBytes } from "node:crypto";
import { TokenContent } from "@portolan/protocol";

const PREFIX = "ptn_";

/** 256 random bits, base64url: too many to guess, so that a plain hash protects them. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** What a verifier keeps of a secret. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

export function encodeToken(content: TokenContent): string {
  return PREFIX + Buffer.from(JSON.stringify(content)).toString("base64url");
}

/** Undefined when it is no token of ours. */
export function decodeToken(text: string): TokenContent | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith(PREFIX)) return undefined;
  try {
    const parsed = TokenContent.safeParse(
      JSON.parse(Buffer.from(trimmed.slice(PREFIX.length), "base64url").toString()),
    );
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Both the whole token and the secret inside it are accepted where a secret is asked for. */
export function secretOf(text: string): string {
  return decodeToken(text)?.secret ?? text.trim();
}
