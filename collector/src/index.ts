export { DataDirInUseError, StorageTooNewError, StorageUnavailableError, UnknownAgentError } from "./storage/errors.ts";
export { openStorage, openStorageBeside, openThreadedStorage } from "./storage/open.ts";
export type * from "./storage/storage.ts";
