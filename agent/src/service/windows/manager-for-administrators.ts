import { ERROR, Win32Error } from "../../windows/win32-error.ts";
import { ServiceError } from "../errors.ts";
import { type ServiceManager, openServiceManager } from "./service-manager.ts";

/**
 * @param open another one in tests only.
 * @throws ServiceError that says so where the caller is no administrator.
 */
export function managerForAdministrators(open: () => ServiceManager = openServiceManager): ServiceManager {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof Win32Error) || error.code !== ERROR.accessDenied) throw error;
    throw new ServiceError("administrator rights are needed: start the command prompt with 'Run as administrator'", {
      cause: error,
    });
  }
}
