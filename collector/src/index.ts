export { DataDirInUseError, StorageTooNewError, StorageUnavailableError, UnknownAgentError } from "./storage/errors.ts";
export { openStorage, openStorageBeside, openThreadedStorage } from "./storage/open.ts";
export type { AcceptedFlow, AcceptedListener, AcceptedLoad, AcceptedReport } from "./storage/accepted-report.ts";
export type { Actor, TokenRecord } from "./storage/access.ts";
export type { EnrolAgent } from "./storage/agents.ts";
export type { HostDirectory } from "./storage/directory.ts";
export type { HostLoad } from "./storage/evidence.ts";
export type { ImportedAddressList, ImportedFlow, ImportedReport, ImportRecord } from "./storage/imports.ts";
export type { Storage } from "./storage/storage.ts";
