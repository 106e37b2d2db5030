export { DataDirInUseError, StorageTooNewError, StorageUnavailableError, UnknownAgentError } from "./storage/errors.ts";
export { openStorage, openThreadedStorage } from "./storage/open.ts";
export type * from "./storage/storage.ts";
