import { expect, test } from "vitest";
import { StorageTooNewError, StorageUnavailableError, UnknownAgentError } from "../errors.ts";
import { fromErrorMessage, toErrorMessage } from "./error-message.ts";

const across = (error: unknown) => fromErrorMessage(structuredClone(toErrorMessage(error)));

test("the storage's errors keep class, fields and sentence", () => {
  for (const error of [
    new StorageUnavailableError("full", "The disk is full.", "SQLITE_FULL"),
    new StorageTooNewError("/data/portolan.db", 99, 2),
    new UnknownAgentError("a1"),
  ]) {
    const copy = across(error);
    expect(copy).toBeInstanceOf(error.constructor);
    expect({ ...copy, message: copy.message }).toEqual({ ...error, message: error.message });
  }
});

test("any other error keeps name, message and stack", () => {
  const error = new RangeError("synthetic");
  expect(across(error)).toMatchObject({ name: "RangeError", message: "synthetic", stack: error.stack });
  expect(across("thrown text").message).toBe("thrown text");
});
