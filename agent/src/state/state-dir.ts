import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AgentError, messageOf } from "../errors.ts";

/** Where each thing lives in an agent's state directory. */
export interface StateDir {
  root: string;
  identity: string;
  lock: string;
  status: string;
  listeners: string;
  captureId: string;
  spool: string;
  quarantine: string;
}

/** Names the files of a state directory without touching it. */
export function stateDirAt(root: string): StateDir {
  return {
    root,
    identity: join(root, "identity.json"),
    lock: join(root, "run.lock"),
    status: join(root, "status.json"),
    listeners: join(root, "listeners.json"),
    captureId: join(root, "capture-id"),
    spool: join(root, "spool"),
    quarantine: join(root, "quarantine"),
  };
}

/**
 * Makes the state directory, readable by its owner only.
 *
 * @throws AgentError when it cannot be made.
 */
export function makeStateDir(root: string): StateDir {
  const state = stateDirAt(root);
  try {
    for (const directory of [state.root, state.spool, state.quarantine]) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    }
  } catch (error) {
    throw new AgentError(`the state directory ${root} cannot be made: ${messageOf(error)}; name another with --state`, {
      cause: error,
    });
  }
  return state;
}
