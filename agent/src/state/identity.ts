import { readFileSync } from "node:fs";
import * as z from "zod/mini";
import { AgentError, codeOf, messageOf } from "../errors.ts";
import { replaceFile } from "./atomic-file.ts";
import type { StateDir } from "./state-dir.ts";

const Identity = z.object({
  agentId: z.string(),
  secret: z.string(),
  url: z.string(),
  site: z.string(),
  caPem: z.optional(z.string()),
});
/** Who this agent is to its collector, and how it reaches it. Holds the secret: never print or log it whole. */
export type Identity = z.infer<typeof Identity>;

/**
 * The identity that `enrol` left, or nothing.
 *
 * @throws AgentError when there is one that cannot be read.
 */
export function readIdentity(state: StateDir): Identity | undefined {
  let text: string;
  try {
    text = readFileSync(state.identity, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new AgentError(`${state.identity} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  try {
    return Identity.parse(JSON.parse(text));
  } catch (error) {
    throw new AgentError(`${state.identity} is damaged; enrol again with --force`, { cause: error });
  }
}

export async function writeIdentity(state: StateDir, identity: Identity): Promise<void> {
  await replaceFile(state.identity, `${JSON.stringify(identity, null, 2)}\n`, { mode: 0o600 });
}
