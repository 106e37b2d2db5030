#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { addBackupCommands } from "./cli/backup.ts";
import type { Shell } from "./cli/command.ts";
import { addCorrectionCommands } from "./cli/corrections.ts";
import { addCoverageCommand } from "./cli/coverage.ts";
import { addDoctorCommand } from "./cli/doctor.ts";
import { addExportCommands } from "./cli/export.ts";
import { addGroupsCommand } from "./cli/groups.ts";
import { addKnowledgeCommands } from "./cli/knowledge.ts";
import { addListCommands } from "./cli/list-commands.ts";
import { addLinkedServerCommands } from "./cli/linked-servers.ts";
import { addLoadCommand } from "./cli/load.ts";
import { addPlanCommands } from "./cli/plan.ts";
import { addServeCommand } from "./cli/serve.ts";
import { addTokenCommands } from "./cli/token.ts";
import { CommandError } from "./errors.ts";
import { VERSION } from "./version.ts";

/** Runs one command. Resolves to 0 done, 1 failed, 2 wrong usage. */
async function main(argv: string[]): Promise<number> {
  let code = 0;
  const shell: Shell = {
    streams: { in: process.stdin, out: process.stdout, err: process.stderr },
    exit: (wanted) => {
      code = wanted;
    },
  };
  const program = new Command("portolan")
    .description("charts an undocumented server estate: dependencies, firewall requirements, migration waves")
    .version(VERSION)
    .showHelpAfterError("(--help shows what is expected)")
    .exitOverride();
  addServeCommand(program, shell);
  addTokenCommands(program, shell);
  addListCommands(program, shell);
  addCoverageCommand(program, shell);
  addLoadCommand(program, shell);
  addGroupsCommand(program, shell);
  addLinkedServerCommands(program, shell);
  addKnowledgeCommands(program, shell);
  addCorrectionCommands(program, shell);
  addExportCommands(program, shell);
  addPlanCommands(program, shell);
  addBackupCommands(program, shell);
  addDoctorCommand(program, shell);
  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof CommandError)) throw error;
    process.stderr.write(`portolan: ${error.message}\n`);
    return error.exitCode;
  }
}

// What process lists and other hosts' agents show, instead of "node".
process.title = "portolan";
// A reader that has seen enough (`| head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.exitCode = await main(process.argv);
