import { join } from "node:path";
import { defaultProgramDir, defaultStateDir } from "../config.ts";
import { libraryBeside } from "../windows/library-file.ts";

/** What an installed agent consists of. */
export interface Places {
  programDir: string;
  program: string;
  /** Koffi's, beside the program. */
  library: string;
  stateDir: string;
  config: string;
  log: string;
}

/** Where an installed agent lies: its program under Program Files, all else under ProgramData. */
export function placesOfInstalled(): Places {
  const programDir = defaultProgramDir();
  const program = join(programDir, "portolan-agent.exe");
  return { programDir, program, library: libraryBeside(program), ...placesOfState(defaultStateDir()) };
}

/** Where a service's settings and log lie in its state directory. */
export function placesOfState(stateDir: string): Pick<Places, "stateDir" | "config" | "log"> {
  return { stateDir, config: join(stateDir, "agent.json"), log: join(stateDir, "logs", "agent.log") };
}
