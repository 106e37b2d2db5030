import { StorageTooNewError, StorageUnavailableError, UnknownAgentError } from "../errors.ts";
import type { UnavailableReason } from "../errors.ts";

/** An error as plain data: structured clone would keep its text and lose its class and fields. */
export type ErrorMessage =
  | { kind: "unavailable"; reason: UnavailableReason; message: string; cause?: string }
  | { kind: "too-new"; path: string; found: number; known: number }
  | { kind: "unknown-agent"; agentId: string }
  | { kind: "other"; name: string; message: string; stack?: string };

export function toErrorMessage(error: unknown): ErrorMessage {
  if (error instanceof StorageUnavailableError) {
    const { reason, message, cause } = error;
    return { kind: "unavailable", reason, message, ...(cause !== undefined && { cause: String(cause) }) };
  }
  if (error instanceof StorageTooNewError) {
    const { path, found, known } = error;
    return { kind: "too-new", path, found, known };
  }
  if (error instanceof UnknownAgentError) return { kind: "unknown-agent", agentId: error.agentId };
  if (!(error instanceof Error)) return { kind: "other", name: "Error", message: String(error) };
  const { name, message, stack } = error;
  return { kind: "other", name, message, ...(stack !== undefined && { stack }) };
}

/** The error again, of the class that it had; one that is not the storage's own comes back as Error with its name. */
export function fromErrorMessage(message: ErrorMessage): Error {
  switch (message.kind) {
    case "unavailable":
      return new StorageUnavailableError(message.reason, message.message, message.cause);
    case "too-new":
      return new StorageTooNewError(message.path, message.found, message.known);
    case "unknown-agent":
      return new UnknownAgentError(message.agentId);
    case "other": {
      const error = new Error(message.message);
      error.name = message.name;
      if (message.stack !== undefined) error.stack = message.stack;
      return error;
    }
  }
}
