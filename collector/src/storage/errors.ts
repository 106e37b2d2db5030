export type UnavailableReason = "unreadable" | "full" | "corrupt" | "not_a_database" | "locked" | "stopped" | "unknown";

/** The data folder or its database can't be used. `message` is one whole sentence, to print as it is. */
export class StorageUnavailableError extends Error {
  override name = "StorageUnavailableError";
  readonly reason: UnavailableReason;

  constructor(reason: UnavailableReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

/** The database was written by a later Portolan. */
export class StorageTooNewError extends Error {
  override name = "StorageTooNewError";
  readonly path: string;
  /** Schema version of the database. */
  readonly found: number;
  /** Newest schema version that this program knows. */
  readonly known: number;

  constructor(path: string, found: number, known: number) {
    super(`${path} has storage version ${found}, which needs a newer Portolan; this one knows up to ${known}.`);
    this.path = path;
    this.found = found;
    this.known = known;
  }
}

/** Another collector holds the data folder. */
export class DataDirInUseError extends Error {
  override name = "DataDirInUseError";
  readonly pid: number;

  constructor(dataDir: string, pid: number) {
    super(`${dataDir} is in use by another collector, process ${pid}.`);
    this.pid = pid;
  }
}

/** A report names an agent that is not enrolled, or no longer. */
export class UnknownAgentError extends Error {
  override name = "UnknownAgentError";
  readonly agentId: string;

  constructor(agentId: string) {
    super(`no enrolled agent has the id ${agentId}`);
    this.agentId = agentId;
  }
}
