import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadConfig } from "../config.ts";
import { UsageError, messageOf } from "../errors.ts";
import { CONFIG_ACCESS, STATE_ACCESS } from "../service/access-lists.ts";
import { ServiceError, requireWindows } from "../service/errors.ts";
import { type Places, placesOfInstalled } from "../service/places.ts";
import { ACCOUNT, DESCRIPTION, DISPLAY_NAME, SERVICE_NAME } from "../service/service-name.ts";
import { REMOVE, removeService } from "../service/removal.ts";
import { type Undo, createUndo } from "../service/undo.ts";
import type { ServiceManager } from "../service/windows/service-manager.ts";
import { isSingleExecutable } from "../single-executable.ts";
import { readKnownAgent } from "../state/identity.ts";
import { stateDirAt } from "../state/state-dir.ts";
import { checkLibrary, libraryBeside, libraryHash } from "../windows/library-file.ts";
import { run as enrol } from "./enrol.ts";
import type { Streams } from "./streams.ts";

interface InstallOptions {
  tokenFile?: string;
  url?: string;
  config?: string;
}

/** As long as Windows itself waits for a service. */
const START_MS = 30_000;

/**
 * Installs this executable as a Windows service, enrols it and starts it. A step that fails takes back all before it.
 *
 * @throws ServiceError where there is no Windows, no single executable, no administrator, or an agent already.
 */
export async function run(options: InstallOptions, streams: Streams): Promise<number> {
  requireWindows("install");
  if (!isSingleExecutable()) throw new ServiceError("install needs the single executable that npm run package makes");
  const settings = options.config === undefined ? undefined : readSettings(options.config);
  const { managerForAdministrators } = await import("../service/windows/manager-for-administrators.ts");
  const manager = managerForAdministrators();
  const undo = createUndo();
  try {
    await install(placesOfInstalled(), { ...options, settings }, { manager, undo, streams });
    return 0;
  } catch (error) {
    await undo.all((left) => streams.stderr.write(`portolan-agent: could not be taken back: ${messageOf(left)}\n`));
    throw error;
  } finally {
    manager.close();
  }
}

/** @throws UsageError where the file is none that the agent can obey. */
function readSettings(file: string): string {
  loadConfig(file);
  return readFileSync(file, "utf8");
}

async function install(
  places: Places,
  options: InstallOptions & { settings: string | undefined },
  { manager, undo, streams }: { manager: ServiceManager; undo: Undo; streams: Streams },
): Promise<void> {
  const known = manager.find(SERVICE_NAME);
  if (known !== undefined) {
    known.close();
    throw new ServiceError("the service is installed already; portolan-agent uninstall first");
  }
  // Anybody may make folders in ProgramData: what lies there is taken over only by an administrator's word.
  if (options.tokenFile !== undefined && existsSync(places.stateDir)) {
    throw new ServiceError(
      `${places.stateDir} is there already: remove it, or leave out --token-file to go on as the agent that it belongs to`,
    );
  }
  const { setAccess } = await import("../windows/access.ts");
  for (const folder of [places.programDir, places.stateDir]) await makeFolder(folder, undo);
  await copyProgram(places, undo);
  // Before anything is put there: what is made in it inherits this.
  setAccess(places.stateDir, STATE_ACCESS);
  if (options.settings !== undefined || !existsSync(places.config))
    await putFile(places.config, options.settings ?? "{}\n", undo);
  setAccess(places.config, CONFIG_ACCESS);
  await introduce(places, options, streams);

  const { registerEventSource, removeEventSource } = await import("../windows/event-log.ts");
  await undo.step(
    () => registerEventSource(SERVICE_NAME),
    () => removeEventSource(SERVICE_NAME),
  );
  const commandLine = `"${places.program}" service --state "${places.stateDir}" --config "${places.config}"`;
  const service = { name: SERVICE_NAME, displayName: DISPLAY_NAME, description: DESCRIPTION, account: ACCOUNT };
  const { handle, lacking } = await undo.step(
    () => manager.create({ ...service, commandLine }),
    () => removeService(manager, SERVICE_NAME),
  );
  try {
    for (const what of lacking) streams.stderr.write(`this Windows does not know the service's ${what}\n`);
    await handle.start(START_MS);
  } catch (error) {
    // What is taken back takes the log with it.
    throw new ServiceError(`${messageOf(error)}. Its log ends with: ${lastLine(places.log)}`, { cause: error });
  } finally {
    handle.close();
  }
  streams.stdout.write(`installed as the service ${SERVICE_NAME} (${ACCOUNT}); it runs, its log is ${places.log}\n`);
}

async function makeFolder(folder: string, undo: Undo): Promise<void> {
  if (existsSync(folder)) return;
  await undo.step(
    () => mkdirSync(folder, { recursive: true }),
    () => rmSync(folder, REMOVE),
  );
}

function lastLine(file: string): string {
  try {
    return readFileSync(file, "utf8").trimEnd().split("\n").at(-1) ?? "";
  } catch {
    return "nothing";
  }
}

/** An executable that was put into its place by other means stays as it is. */
async function copyProgram({ program, library }: Places, undo: Undo): Promise<void> {
  if (process.execPath.toLowerCase() === program.toLowerCase()) return;
  await putFile(program, readFileSync(process.execPath), undo);
  await putFile(library, readFileSync(libraryBeside(process.execPath)), undo);
  checkLibrary(library, libraryHash());
}

/** Taken back, what was there before is there again. */
async function putFile(file: string, content: Uint8Array | string, undo: Undo): Promise<void> {
  const before = existsSync(file) ? readFileSync(file) : undefined;
  await undo.step(
    // Half a file is to be taken back, too.
    () => {},
    () => (before === undefined ? rmSync(file, REMOVE) : writeFileSync(file, before)),
  );
  writeFileSync(file, content);
}

/** Enrols, unless a state that an earlier uninstall kept knows its collector. */
async function introduce({ stateDir, config }: Places, options: InstallOptions, streams: Streams): Promise<void> {
  const { tokenFile, url } = options;
  if (tokenFile !== undefined) {
    await enrol({ tokenFile, state: stateDir, config, ...(url !== undefined && { url }) }, streams);
    return;
  }
  const known = readKnownAgent(stateDirAt(stateDir));
  if (known === undefined) throw new UsageError("--token-file: missing, expected the file with the enrolment token");
  streams.stdout.write(`goes on as ${known.agentId} of ${known.url}, as its state was kept\n`);
}
