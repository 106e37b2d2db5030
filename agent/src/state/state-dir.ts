import { closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { AgentError, messageOf } from "../errors.ts";

/** Where each thing lives in an agent's state directory. */
export interface StateDir {
  root: string;
  identity: string;
  lock: string;
  status: string;
  listeners: string;
  captureId: string;
  /** What a domain controller last said of this host. */
  directoryProbe: string;
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
    directoryProbe: join(root, "directory-probe.json"),
    spool: join(root, "spool"),
    quarantine: join(root, "quarantine"),
  };
}

/** What is synced within a folder is lost with the folder's own name, after a power cut right after the first start. */
function makeFolder(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) syncFolder(dirname(made));
}

/** Best effort: Windows syncs no folder and needs none, and not every folder above may be read. */
function syncFolder(path: string): void {
  try {
    const descriptor = openSync(path, "r");
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // The folder stands, and works; what failed was to make sure that it outlives a power cut in this second.
  }
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
      makeFolder(resolve(directory));
    }
  } catch (error) {
    throw new AgentError(`the state directory ${root} cannot be made: ${messageOf(error)}; name another with --state`, {
      cause: error,
    });
  }
  return state;
}
