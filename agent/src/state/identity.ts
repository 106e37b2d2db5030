import { readFileSync } from "node:fs";
import * as z from "zod/mini";
import { AgentError, codeOf, messageOf } from "../errors.ts";
import { replaceFile } from "./atomic-file.ts";
import type { StateDir } from "./state-dir.ts";

const KnownAgent = z.object({
  agentId: z.string(),
  url: z.string(),
  site: z.string(),
  caPem: z.optional(z.string()),
});
/** Who this agent is to its collector, without its secret. */
export type KnownAgent = z.infer<typeof KnownAgent>;

/** In the file the secret is clear, where nobody else may read the file, or sealed. */
const IdentityFile = z.union([
  z.extend(KnownAgent, { secret: z.string() }),
  z.extend(KnownAgent, { sealedSecret: z.string() }),
]);

/** Who this agent is, and how it reaches its collector. Holds the secret: never print or log it whole. */
export interface Identity extends KnownAgent {
  secret: string;
}

/** Seals what only this machine may open. */
export interface Sealer {
  seal(text: string): string;
  /** @throws Error where this machine did not seal it. */
  unseal(sealed: string): string;
}

/**
 * The identity that `enrol` left, or nothing.
 *
 * @param sealer opens a sealed secret; Windows has one.
 * @throws AgentError when there is one that cannot be read.
 */
export function readIdentity(state: StateDir, sealer?: Sealer): Identity | undefined {
  const content = readFile(state);
  if (content === undefined || "secret" in content) return content;
  const { sealedSecret, ...known } = content;
  if (sealer === undefined) throw new AgentError(`${state.identity} is sealed by another machine`);
  try {
    return { ...known, secret: sealer.unseal(sealedSecret) };
  } catch (error) {
    throw new AgentError(
      `${state.identity} cannot be opened: ${messageOf(error)}; another machine sealed it, or it is damaged: enrol again with --force`,
      { cause: error },
    );
  }
}

/**
 * The same without the secret, which stays sealed.
 *
 * @throws AgentError when there is one that cannot be read.
 */
export function readKnownAgent(state: StateDir): KnownAgent | undefined {
  return readFile(state);
}

function readFile(state: StateDir): z.infer<typeof IdentityFile> | undefined {
  let text: string;
  try {
    text = readFileSync(state.identity, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new AgentError(`${state.identity} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  try {
    return IdentityFile.parse(JSON.parse(text));
  } catch (error) {
    throw new AgentError(`${state.identity} is damaged; enrol again with --force`, { cause: error });
  }
}

/** @param sealer seals the secret, where there is one; else the file's mode alone guards it. */
export async function writeIdentity(state: StateDir, identity: Identity, sealer?: Sealer): Promise<void> {
  const { secret, ...known } = identity;
  const content = sealer === undefined ? identity : { ...known, sealedSecret: sealer.seal(secret) };
  await replaceFile(state.identity, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
}
