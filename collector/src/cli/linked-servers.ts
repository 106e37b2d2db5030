import { Option, type Command } from "commander";
import { ENGINES, type Engine } from "../linked-servers/columns.ts";
import { LINK_QUERIES } from "../linked-servers/queries.ts";
import type { Shell } from "./command.ts";

/** Prints text; asks neither a collector nor a database. */
export function addLinkedServerCommands(program: Command, shell: Shell): void {
  program
    .command("linked-servers")
    .description("database engines that call other engines: what their owners can tell")
    .command("query")
    .description("prints a read-only query for the owner of a database; its output imports (--format linked-servers)")
    .addOption(
      new Option("--engine <ENGINE>", "the engine that is asked").choices(Object.keys(ENGINES)).makeOptionMandatory(),
    )
    .action(({ engine }: { engine: Engine }) => {
      shell.streams.out.write(LINK_QUERIES[engine]);
    });
}
