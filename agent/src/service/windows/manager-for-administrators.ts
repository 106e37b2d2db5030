import { ERROR, Win32Error } from "../../windows/win32-error.ts";
import { ServiceError } from "../errors.ts";
import { type ServiceManager, openServiceManager } from "./service-manager.ts";

/** @throws ServiceError that says so where the caller is no administrator. */
export function managerForAdministrators(): ServiceManager {
  try {
    return openServiceManager();
  } catch (error) {
    if (!(error instanceof Win32Error) || error.code !== ERROR.accessDenied) throw error;
    throw new ServiceError("administrator rights are needed: start the command prompt with 'Run as administrator'", {
      cause: error,
    });
  }
}
