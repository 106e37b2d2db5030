import { createWriteStream, renameSync, rmSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { Option, type Command } from "commander";
import { CommandError } from "../errors.ts";
import type { Query } from "./client.ts";
import { connect, withConnection, withPeriod, type Shell } from "./command.ts";
import type { ConnectionOptions } from "./connection.ts";

type ExportOptions = ConnectionOptions & { output: string; format: string; since?: string; until?: string };

/** Writes beside the target and renames: a broken download never stands under the name that was asked for. */
async function download(shell: Shell, path: string, options: ExportOptions, query: Query): Promise<void> {
  const message = await (await connect(options, shell.streams)).download(path, query);
  if (options.output === "-") return pipeline(message, shell.streams.out, { end: false });
  const part = `${options.output}.part`;
  try {
    await pipeline(message, createWriteStream(part));
    renameSync(part, options.output);
  } catch (error) {
    rmSync(part, { force: true });
    throw new CommandError(`${options.output}: can't be written: ${(error as Error).message}`);
  }
  shell.streams.err.write(`wrote ${options.output}\n`);
}

function withOutput(command: Command): Command {
  return withConnection(command).requiredOption("-o, --output <FILE>", "where to write, - for standard output");
}

const format = (...choices: string[]) =>
  new Option("--format <FORMAT>", "of the file").choices(choices).makeOptionMandatory();

const scope = () =>
  new Option("--scope <SCOPE>", "all: rules within a zone too").choices(["cross-zone", "all"]).default("cross-zone");

export function addExportCommands(program: Command, shell: Shell): void {
  const exports = program.command("export").description("the map, the firewall requirements and plans as files");

  withPeriod(withOutput(exports.command("dependencies").description("the map")))
    .addOption(format("json", "csv"))
    .addOption(
      new Option("--level <LEVEL>", "as a graph at this level; without it every dependency").choices(["host", "zone"]),
    )
    .action((options: ExportOptions & { level?: string }) =>
      download(shell, "/exports/dependencies", options, {
        format: options.format,
        level: options.level,
        since: options.since,
        until: options.until,
      }),
    );

  withPeriod(
    withOutput(exports.command("directory").description("Active Directory: hosts, accounts, addresses, ports")),
  )
    .addOption(format("csv"))
    .addOption(scope())
    .action((options: ExportOptions & { scope: string }) =>
      download(shell, "/exports/directory", options, {
        format: options.format,
        scope: options.scope,
        since: options.since,
        until: options.until,
      }),
    );

  withPeriod(withOutput(exports.command("firewall").description("firewall requirements")))
    .addOption(format("xlsx", "csv", "json"))
    .addOption(new Option("--mode <MODE>", "exact: nothing over, nothing missing").choices(["exact"]).default("exact"))
    .addOption(scope())
    .addOption(new Option("--view <VIEW>", "which moment of the migration").choices(["current"]).default("current"))
    .addOption(
      new Option("--active-directory <FORM>", "bundle: one rule of all ports that members need of domain controllers")
        .choices(["exact", "bundle"])
        .default("exact"),
    )
    .action((options: ExportOptions & { mode: string; scope: string; view: string; activeDirectory: string }) =>
      download(shell, "/exports/firewall", options, {
        format: options.format,
        mode: options.mode,
        scope: options.scope,
        view: options.view,
        activeDirectory: options.activeDirectory,
        since: options.since,
        until: options.until,
      }),
    );

  withOutput(exports.command("plan <id>").description("a plan"))
    .addOption(format("json"))
    .action((id: string, options: ExportOptions) =>
      download(shell, "/exports/plan", options, { id, format: options.format }),
    );
}
