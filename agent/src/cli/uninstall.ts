import { existsSync, renameSync, rmSync } from "node:fs";
import { ServiceError, requireWindows } from "../service/errors.ts";
import { placesOfInstalled } from "../service/places.ts";
import { REMOVE, removeService } from "../service/removal.ts";
import { SERVICE_NAME } from "../service/service-name.ts";
import type { Streams } from "./streams.ts";

/**
 * Stops the service and removes all that `install` made: service, files, settings, Event Log source and, unless it is to
 * be kept, the state. The collector keeps what the host reported.
 *
 * @throws ServiceError where there is no Windows, no administrator, or nothing to remove.
 */
export async function run(options: { keepState?: boolean }, { stdout }: Streams): Promise<number> {
  requireWindows("uninstall");
  const { managerForAdministrators } = await import("../service/windows/manager-for-administrators.ts");
  const { removeEventSource } = await import("../windows/event-log.ts");
  const places = placesOfInstalled();
  const manager = managerForAdministrators();
  try {
    const removed = [
      (await removeService(manager, SERVICE_NAME)) && `the service ${SERVICE_NAME}`,
      removeEventSource(SERVICE_NAME) && "its Event Log source",
      (await removeProgram(places.programDir, places.program, places.library)) || false,
      options.keepState !== true && removeFolder(places.stateDir),
    ].filter((what) => what !== false);
    if (removed.length === 0) throw new ServiceError("no agent is installed here");
    for (const what of removed) stdout.write(`removed ${what}\n`);
    if (options.keepState === true) stdout.write(`kept ${places.stateDir}\n`);
    return 0;
  } finally {
    manager.close();
  }
}

function removeFolder(path: string): string | false {
  if (!existsSync(path)) return false;
  rmSync(path, REMOVE);
  return path;
}

/**
 * Windows deletes no program that runs: called from the installed one, its files go when the machine starts next. It may
 * rename them, which keeps those that are installed again before then.
 */
async function removeProgram(folder: string, program: string, library: string): Promise<string | false> {
  if (process.execPath.toLowerCase() !== program.toLowerCase()) return removeFolder(folder);
  const { deleteAtRestart } = await import("../windows/delete-at-restart.ts");
  for (const path of [program, library]) {
    const aside = `${path}.${process.pid}.removed`;
    renameSync(path, aside);
    deleteAtRestart(aside);
  }
  deleteAtRestart(folder);
  return `${folder}, when this machine starts next: its program runs this command`;
}
