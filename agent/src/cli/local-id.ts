import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { messageOf } from "../errors.ts";
import { replaceFile } from "../state/atomic-file.ts";
import { readKnownAgent } from "../state/identity.ts";
import { makeStateDir, stateDirAt } from "../state/state-dir.ts";

/** The agent's id for reports that go into files: the enrolled one, else the one of earlier captures, else a new one. */
export function localAgentId(root: string): string {
  const state = stateDirAt(root);
  try {
    const id = readKnownAgent(state)?.agentId ?? readFileSync(state.captureId, "utf8").trim();
    if (id !== "") return id;
  } catch {
    // Nothing there that this user may read.
  }
  return randomUUID();
}

/** Keeps a capture's id for the next one; where that is not possible, says why. */
export async function keepLocalId(root: string, id: string): Promise<string | undefined> {
  try {
    await replaceFile(makeStateDir(root).captureId, `${id}\n`);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
