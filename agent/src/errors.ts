/** Wrong usage: a flag, a token or a configuration file that nobody can obey. Ends a command with exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** A command could not do its work, for a reason that one sentence tells. Ends it with exit code 1. */
export class AgentError extends Error {
  override name = "AgentError";
}

/** What to print for something that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The `code` of a system error (ENOENT, ECONNREFUSED), when it has one. */
export function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}
